// @ts-check
/** What the door keeps on the device: scans that wait or came too late, the hall's list, the last results, the register's marks. */

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
/** @typedef {Scan & {made?: import("./door-clock.js").Made}} Taken A scan, and what places it in time beside the device's clock. */
/** @typedef {Taken & {place: number}} Queued With its place in the queue. */
/** @typedef {import("./door-late.js").Late} Late */

const DATABASE = "hadir.door";
const VERSION = 2;

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
   * @param {string | string[]} names
   * @param {IDBTransactionMode} mode
   * @param {(...stores: IDBObjectStore[]) => IDBRequest<T> | void} work
   * @returns {Promise<T>}
   */
  async #run(names, mode, work) {
    const database = await this.#open();
    return new Promise((done, fail) => {
      const transaction = database.transaction(names, mode, { durability: "strict" });
      const request = work(...[names].flat().map((name) => transaction.objectStore(name)));
      transaction.oncomplete = () => done(/** @type {T} */ (request?.result));
      transaction.onabort = () => fail(transaction.error ?? new Error("not kept"));
    });
  }

  /** @param {Taken} scan */
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

  /**
   * The server has answered for these scans; those that it has not recorded go from the queue to the late ones in one step.
   * @param {Queued[]} answered
   * @param {Late[]} late
   */
  settle(answered, late) {
    return this.#run(["scans", "late"], "readwrite", (scans, lates) => {
      for (const { place } of answered) scans.delete(place);
      for (const one of late) lates.put(one);
    });
  }

  /** @returns {Promise<Late[]>} */
  late() {
    return this.#run("late", "readonly", (late) => late.getAll());
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
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        request.result.createObjectStore("scans", { keyPath: "place", autoIncrement: true });
        request.result.createObjectStore("kept");
        request.result.createObjectStore("marks", { keyPath: "key" });
      }
      request.result.createObjectStore("late", { keyPath: "scan" });
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
