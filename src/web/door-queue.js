// @ts-check
/** What the door keeps on the device: scans that the server has not answered for, the hall's list, the last results, the register's marks. */

/** @typedef {"in" | "out" | "roll"} Way */
/** @typedef {"scanner" | "camera" | "typed" | "name" | "register"} Method */
/** @typedef {{qr: string} | {ref: string}} Who */
/** @typedef {{ref: string, name: string, group: string}} Person */
/** @typedef {{id: string, name: string, doors: string[]}} Venue */
/** @typedef {{venues: Venue[], persons: Person[], delay_ms: number, closed: boolean, at: string}} Hall */
/**
 * One act at the door, as the server takes it.
 * @typedef {object} Scan
 * @property {string} scan
 * @property {Way} way
 * @property {string} venue
 * @property {string} door
 * @property {Who} who
 * @property {Method} method
 * @property {boolean} card
 * @property {string} device_at
 */
/** @typedef {Scan & {place: number}} Queued A scan and its place in the queue. */

const DATABASE = "hadir.door";
const VERSION = 1;

export class Store {
  /** @type {Promise<IDBDatabase> | null} */
  #opened = null;

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    const forget = () => (this.#opened = null);
    this.#opened ??= open(forget).catch((error) => {
      forget();
      throw error;
    });
    return this.#opened;
  }

  /**
   * Settles when the transaction is on the disk, not when the request is through.
   * @template T
   * @param {string} name
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<T> | void} work
   * @returns {Promise<T>}
   */
  async #run(name, mode, work) {
    const database = await this.#open();
    return new Promise((done, fail) => {
      const transaction = database.transaction(name, mode, { durability: "strict" });
      const request = work(transaction.objectStore(name));
      transaction.oncomplete = () => done(/** @type {T} */ (request?.result));
      transaction.onabort = () => fail(transaction.error ?? new Error("not kept"));
    });
  }

  /** @param {Scan} scan */
  add(scan) {
    return this.#run("scans", "readwrite", (scans) => scans.add(scan));
  }

  /**
   * @param {number} most
   * @returns {Promise<Queued[]>}
   */
  oldest(most) {
    return this.#run("scans", "readonly", (scans) => scans.getAll(null, most));
  }

  /** @returns {Promise<number>} */
  count() {
    return this.#run("scans", "readonly", (scans) => scans.count());
  }

  /** @param {Queued[]} answered */
  remove(answered) {
    return this.#run("scans", "readwrite", (scans) => {
      for (const { place } of answered) scans.delete(place);
    });
  }

  /**
   * Gives a scan the last place of the queue, so that it holds up no other.
   * @param {Queued} queued
   */
  postpone({ place, ...scan }) {
    return this.#run("scans", "readwrite", (scans) => {
      scans.delete(place);
      scans.add(scan);
    });
  }

  /**
   * @param {string} key
   * @returns {Promise<any>}
   */
  read(key) {
    return this.#run("kept", "readonly", (kept) => kept.get(key));
  }

  /**
   * @param {string} key
   * @param {unknown} value
   */
  write(key, value) {
    return this.#run("kept", "readwrite", (kept) => kept.put(value, key));
  }

  /** @returns {Promise<{key: string, at: string}[]>} */
  marks() {
    return this.#run("marks", "readonly", (marks) => marks.getAll());
  }

  /** @param {{key: string, at: string}} mark */
  mark(mark) {
    return this.#run("marks", "readwrite", (marks) => marks.put(mark));
  }

  /** @param {string} key */
  erase(key) {
    return this.#run("marks", "readwrite", (marks) => marks.delete(key));
  }

  unmark() {
    return this.#run("marks", "readwrite", (marks) => marks.clear());
  }

  /** Deletes everything that is kept here; the next use begins anew. */
  async wipe() {
    const database = await this.#opened?.catch(() => null);
    database?.close();
    this.#opened = null;
    await new Promise((done, fail) => {
      const request = indexedDB.deleteDatabase(DATABASE);
      request.onsuccess = done;
      request.onerror = () => fail(request.error);
    });
  }
}

/**
 * @param {() => void} onClosed
 * @returns {Promise<IDBDatabase>}
 */
function open(onClosed) {
  return new Promise((done, fail) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("scans", { keyPath: "place", autoIncrement: true });
      request.result.createObjectStore("kept");
      request.result.createObjectStore("marks", { keyPath: "key" });
    };
    request.onerror = () => fail(request.error);
    request.onsuccess = () => {
      const database = request.result;
      // Another tab of this page wipes the device: an open connection would hold it up.
      database.onversionchange = () => {
        database.close();
        onClosed();
      };
      database.onclose = onClosed;
      done(database);
    };
  });
}

/** A random UUID, also on a hall's own network without TLS, where browsers have no `randomUUID`. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
