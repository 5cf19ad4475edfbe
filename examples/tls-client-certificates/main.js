// TLS with client certificates, which libzmq does not offer: the server accepts only clients whose certificate its CA has
// signed, and identifies them. Do not use the certificates in this folder for anything else; create your own.
import { readFileSync } from "node:fs"
import { once } from "node:events"
import { connect, createServer } from "node:tls"
import { Reply, Request } from "zmtp"

const pem = (name) => readFileSync(new URL(`${name}.pem`, import.meta.url))

const reply = new Reply({ tracePeers: true })
const server = createServer({
  key: pem("server-key"),
  cert: pem("server"),
  ca: pem("ca"),
  requestCert: true, // clients without a certificate of this CA are rejected
})
server.on("secureConnection", (stream) => {
  const { CN } = stream.getPeerCertificate().subject
  reply.attach(stream, { role: "accept", peerAddress: String(CN) }).catch((error) => {
    console.error(error)
  })
})
server.listen(0, "127.0.0.1")
await once(server, "listening")
const { port } = server.address()

void (async () => {
  for await (const message of reply) await reply.send(`${String(message[0])}, ${reply.peerOf(message).address}`)
})()

/** The server's reply to a client with these credentials. */
async function ask(credentials) {
  const request = new Request({ linger: 0 })
  try {
    await request.attach(connect({ port, host: "127.0.0.1", servername: "localhost", ca: pem("ca"), ...credentials }))
    await request.send("Hello")
    return String(await request.receive())
  } catch (error) {
    return `Rejected: ${error.code}`
  } finally {
    request.close()
  }
}

console.log(await ask({ key: pem("alice-key"), cert: pem("alice") }))
console.log(await ask({}))

reply.close()
server.close()
