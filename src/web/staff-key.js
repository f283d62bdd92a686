// @ts-check
/** The key with which somebody signs: made in this browser, kept in it, and never readable outside it. */

const DATABASE = "hadir-key";
const STORE = "keys";
const ALGORITHM = "Ed25519";
/** What is signed begins with this line, so that no signature of another kind can be passed off as an act. */
const PREFIX = "hadir act v1\n";

/**
 * A pair of keys, and the public one as the server writes it.
 * @typedef {{pair: CryptoKeyPair, hex: string}} Key
 */

/**
 * Whether this browser can sign: `insecure` where the page came without encryption, `old` where Ed25519 is missing.
 * @returns {Promise<"ok" | "insecure" | "old">}
 */
export async function support() {
  if (!globalThis.crypto?.subtle || !crypto.randomUUID) return isSecureContext ? "old" : "insecure";
  try {
    await pair();
    return "ok";
  } catch {
    return "old";
  }
}

/**
 * The key that this browser keeps for somebody of a log; null where it keeps none.
 * @param {string} origin
 * @param {string} person
 * @returns {Promise<Key | null>}
 */
export async function kept(origin, person) {
  const found = await stored("readonly", (keys) => keys.get(name(origin, person)));
  return found ?? null;
}

/**
 * The kept key, or a new one that is kept and has signed once before anybody relies on it.
 * @param {string} origin
 * @param {string} person
 * @returns {Promise<Key>}
 */
export async function keep(origin, person) {
  const known = await kept(origin, person);
  if (known) return known;
  const made = await pair();
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", made.publicKey));
  await stored("readwrite", (keys) => keys.put({ pair: made, hex: hexadecimal(raw) }, name(origin, person)));
  // A browser that is short of space deletes what is not persistent. Not awaited: some browsers ask the visitor first.
  navigator.storage?.persist?.().catch(() => false);
  const key = await kept(origin, person);
  if (!key || !(await signs(key))) throw new Error("this browser does not keep the key");
  return key;
}

/**
 * The signature of an act's text, in base64url without padding.
 * @param {Key} key
 * @param {string} text
 * @returns {Promise<string>}
 */
export async function sign(key, text) {
  const signature = await crypto.subtle.sign(ALGORITHM, key.pair.privateKey, signed(text));
  const letters = btoa(String.fromCharCode(...new Uint8Array(signature)));
  return letters.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @returns {Promise<CryptoKeyPair>} whose private half no script can read, this one included */
function pair() {
  return /** @type {Promise<CryptoKeyPair>} */ (crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]));
}

/** @param {Key} key */
async function signs({ pair: { privateKey, publicKey } }) {
  const signature = await crypto.subtle.sign(ALGORITHM, privateKey, signed(""));
  return crypto.subtle.verify(ALGORITHM, publicKey, signature, signed(""));
}

/** @param {string} text */
function signed(text) {
  return new TextEncoder().encode(PREFIX + text);
}

/** @param {Uint8Array} bytes */
function hexadecimal(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Two people who share a browser have a key each, and so has one person in two attempts.
 * @param {string} origin
 * @param {string} person
 */
function name(origin, person) {
  return `${origin} ${person}`;
}

/**
 * One step in the browser's database, done only when it is durable.
 * @param {IDBTransactionMode} mode
 * @param {(keys: IDBObjectStore) => IDBRequest} step
 * @returns {Promise<any>}
 */
async function stored(mode, step) {
  const database = await opened();
  try {
    return await new Promise((done, fail) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = step(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => fail(transaction.error ?? new Error("the browser's database gave up"));
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((done, fail) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}
