// Check-ins that wait on this device until they can be sent. Used by pages and by the service worker, so it sets one
// global and imports nothing. An entry leaves the device when the server says that it is on the disk; it is known by
// its key, so that one whose answer was lost on the way is not kept twice.

(() => {
  if (self.nightmendQueue) return;

  const open = () => new Promise((resolve, reject) => {
    const request = indexedDB.open("nightmend", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("waiting", { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  const inStore = async (mode, work) => {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction("waiting", mode, { durability: "strict" });
        const request = work(transaction.objectStore("waiting"));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };

  const tell = () => {
    const channel = new BroadcastChannel("nightmend-queue");
    channel.postMessage("changed");
    channel.close();
  };

  // One sender at a time over all tabs; where locks are unknown the key keeps it to once.
  const alone = (work) => self.navigator.locks
    ? self.navigator.locks.request("nightmend-send", { ifAvailable: true }, (lock) => lock ? work() : "busy")
    : work();

  self.nightmendQueue = {
    add: async (entry) => { await inStore("readwrite", (store) => store.put(entry)); tell(); },
    all: () => inStore("readonly", (store) => store.getAll()),
    remove: async (key) => { await inStore("readwrite", (store) => store.delete(key)); tell(); },

    // Sends what waits, oldest first. Gives "sent", "locked", "offline" or "busy".
    send: () => alone(async () => {
      const waiting = await self.nightmendQueue.all();
      waiting.sort((a, b) => a.answered_at.localeCompare(b.answered_at));
      for (const entry of waiting) {
        let response;
        try {
          response = await fetch("/api/v1/check-ins", {
            method: "POST",
            credentials: "same-origin",
            headers: { "content-type": "application/json", "x-nightmend": "1" },
            body: JSON.stringify(entry.check_in),
          });
        } catch {
          return "offline";
        }
        if (response.ok) {
          await self.nightmendQueue.remove(entry.key);
        } else if (response.status === 401) {
          return "locked";
        } else if (response.status === 422 || response.status === 400) {
          // It cannot be taken as it is: it stays, with the reason, for the person to look at.
          const answer = await response.json().catch(() => ({}));
          await inStore("readwrite", (store) => store.put({ ...entry, problem: answer.message || "it was not taken" }));
          tell();
        } else {
          return "offline";
        }
      }
      return "sent";
    }),

    // The fields of a form as the API takes them.
    entry: (pairs, key) => {
      const fields = {};
      for (const [name, value] of pairs) {
        if (["csrf", "key", "part", "date", "seen"].includes(name)) continue;
        (fields[name] ||= []).push(String(value));
      }
      const get = (name) => (pairs.find(([each]) => each === name) || [])[1];
      const answered_at = new Date().toISOString();
      return {
        key,
        answered_at,
        check_in: { key, part: get("part"), date: get("date"), answered_at, fields },
      };
    },
  };
})();
