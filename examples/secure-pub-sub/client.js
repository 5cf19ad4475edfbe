/**
 * Prints three messages of the server in server.js.
 * Usage: node client.js [endpoint]
 */
import { readFileSync } from "node:fs"
import { Subscriber, readCertificate } from "zmtp"

const [endpoint = "tcp://127.0.0.1:5556"] = process.argv.slice(2)
const keyFile = (name) => readCertificate(readFileSync(new URL(`keys/${name}`, import.meta.url), "utf8"))

const { secretKey, publicKey } = keyFile("client_secret")
const subscriber = new Subscriber({
  curveServerKey: keyFile("server").publicKey, // proves that the server is the right one
  curveSecretKey: secretKey, // proves who you are
  curvePublicKey: publicKey,
})
subscriber.events.on("connect:retry", ({ error }) => console.error(`cannot connect: ${error.cause?.message ?? error}`))
subscriber.connect(endpoint)
subscriber.subscribe("time")

let count = 0
for await (const [topic, time] of subscriber) {
  console.log(`${topic}: ${time}`)
  if (++count === 3) break
}
subscriber.close()
