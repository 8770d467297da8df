/** What the browser keeps of a page: one value per name, in IndexedDB. Pages of the same prompts share it. */

const DATABASE = "hw-hand-record";
const STORE = "values";
const PATIENCE_MS = 15000; // some browsers never answer a page that they let keep nothing

export class Keeper {
  /**
   * Return a keeper for pages with this key, or null where the browser does not let pages keep anything.
   * @param {string} key @returns {Promise<Keeper | null>}
   */
  static async open(key) {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      return new Keeper(await Promise.race([result(request), failure(PATIENCE_MS)]), key);
    } catch {
      return null;
    }
  }

  /** @param {IDBDatabase} database @param {string} key */
  constructor(database, key) {
    this.database = database;
    this.key = key;
  }

  /**
   * Return all that is kept, by name.
   * @returns {Promise<Map<string | number, any>>}
   */
  async all() {
    const [names, values] = await Promise.all([
      result(this.#store("readonly").getAllKeys(this.#range())),
      result(this.#store("readonly").getAll(this.#range())),
    ]);
    return new Map(names.map(([, name], k) => [name, values[k]]));
  }

  /**
   * Keep `value`; the promise fails where there is no room.
   * @param {string | number} name @param {any} value @returns {Promise<void>}
   */
  async put(name, value) {
    const store = this.#store("readwrite");
    store.put(value, [this.key, name]);
    await completed(store.transaction);
  }

  /** Forget everything of these pages. @returns {Promise<void>} */
  async clear() {
    const store = this.#store("readwrite");
    store.delete(this.#range());
    await completed(store.transaction);
  }

  /** @param {IDBTransactionMode} mode @returns {IDBObjectStore} */
  #store(mode) {
    return this.database.transaction(STORE, mode).objectStore(STORE);
  }

  /** @returns {IDBKeyRange} the keys [key, anything]: arrays come after all numbers and texts */
  #range() {
    return IDBKeyRange.bound([this.key], [this.key, []]);
  }
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {number} ms @returns {Promise<never>} */
function failure(ms) {
  return new Promise((_, reject) => {
    setTimeout(reject, ms);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
