/**
 * Publishes the time, encrypted, to the clients whose public keys it knows.
 * Usage: node server.js [endpoint]
 */
import { readFileSync } from "node:fs"
import { Publisher, encodeZ85, readCertificate } from "zmtp"

const [endpoint = "tcp://127.0.0.1:5556"] = process.argv.slice(2)
const keyFile = (name) => readCertificate(readFileSync(new URL(`keys/${name}`, import.meta.url), "utf8"))

const { secretKey, publicKey } = keyFile("server_secret")
/** Public keys of the clients that may subscribe. A server that accepts everyone does not set `authenticate`. */
const allowed = new Set([keyFile("client").publicKey])

const publisher = new Publisher({ curveServer: true, curveSecretKey: secretKey, curvePublicKey: publicKey, linger: 0 })
publisher.authenticate = ({ publicKey }) => allowed.has(encodeZ85(publicKey))
publisher.events.on("handshake:error:auth", ({ error }) => console.error(`rejected a client: ${error.message}`))
publisher.events.on("handshake:error:protocol", ({ error }) => console.error(`rejected a client: ${error.message}`))
await publisher.bind(endpoint)
console.log(`publishing at ${publisher.lastEndpoint}`)

const timer = setInterval(() => publisher.send(["time", new Date().toISOString()]), 100)
process.once("SIGINT", () => {
  clearInterval(timer)
  publisher.close()
})
