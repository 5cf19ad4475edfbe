/**
 * Serves a web page, and publishes prices to it over a WebSocket on the same port.
 * Usage: node server.js [port]
 */
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { Publisher, bindToServer } from "zmtp"

const [port = "8080"] = process.argv.slice(2)

/** The library as pages load it. With a bundler such as Vite, import "zmtp/browser" in the page instead. */
const library = join(dirname(createRequire(import.meta.url).resolve("zmtp/package.json")), "dist/browser")

const server = createServer(async ({ url }, response) => {
  const [file, type] =
    url === "/"
      ? [new URL("page.html", import.meta.url), "text/html"]
      : [join(library, basename(url)), "text/javascript"]
  try {
    response.setHeader("Content-Type", `${type}; charset=utf-8`).end(await readFile(file))
  } catch {
    response.writeHead(404).end("Not found")
  }
})

const publisher = new Publisher({ linger: 0 })
await bindToServer(publisher, server, "/feed")
server.listen(Number(port), "127.0.0.1")
await once(server, "listening")
console.log(`Open http://127.0.0.1:${server.address().port}/`)

const prices = new Map([
  ["coffee", 4.2],
  ["tea", 2.9],
])
const timer = setInterval(async () => {
  for (const [name, price] of prices) {
    prices.set(name, price * (1 + (Math.random() - 0.5) / 50))
    await publisher.send([name, JSON.stringify({ price: prices.get(name), time: Date.now() })])
  }
}, 200)

process.once("SIGINT", () => {
  clearInterval(timer)
  publisher.close()
  server.close()
  server.closeAllConnections()
})
