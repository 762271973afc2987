// Keeps the shell of the pages (styles, scripts, the two empty check-in forms; never a page with a record) and, when
// the server cannot be reached, takes a check-in into the queue of this device.

importScripts(`/assets/${VERSION}/queue.js`);

const CACHE = `nightmend-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(SHELL.map((path) => new Request(path, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("nightmend-") && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

const offlinePath = (part) => `/offline?part=${part}`;
const partOfTheHour = () => {
  const hour = new Date().getHours();
  return hour >= 4 && hour < 15 ? "morning" : "evening";
};

async function offlinePage(url) {
  const asked = new URL(url).searchParams.get("part");
  const part = ["morning", "evening"].includes(asked) ? asked : partOfTheHour();
  const page = await (await caches.open(CACHE)).match(offlinePath(part));
  return page || Response.error();
}

async function keepCheckIn(request) {
  const copy = request.clone();
  try {
    return await fetch(request);
  } catch {
    const pairs = [...(await copy.formData()).entries()];
    const get = (name) => (pairs.find(([each]) => each === name) || [])[1];
    await self.nightmendQueue.add(self.nightmendQueue.entry(pairs, get("key") || crypto.randomUUID()));
    await self.registration.sync?.register("nightmend").catch(() => {});
    return Response.redirect(new URL(offlinePath(get("part") || partOfTheHour()), self.location.origin), 303);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/") && request.method === "GET") {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (url.pathname === "/check-in" && request.method === "POST") {
    event.respondWith(keepCheckIn(request));
  } else if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => offlinePage(request.url)));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag === "nightmend") event.waitUntil(self.nightmendQueue.send());
});
