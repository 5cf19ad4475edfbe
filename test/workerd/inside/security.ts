// Runs in Cloudflare's runtime with the published build: all mechanisms, over streams.
import { expect } from "chai"
import { curveKeyPair, curvePublicKey, Pull, Push } from "zmtp"

function pair(): [never, never] {
  const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ] as unknown as [never, never]
}

/** The message that arrives from `push` at `pull`, or the name of the error. */
async function attempt(push: Push, pull: Pull): Promise<string> {
  const [near, far] = pair()
  const accepting = pull.attach(far, { role: "accept" })
  // Both sides learn of a rejection.
  accepting.catch(() => undefined)
  try {
    await push.attach(near)
    await accepting
    const body = new Uint8Array(100_000).fill(7)
    await push.send(["secret", body])
    const [head, received] = await pull.receive()
    return `${new TextDecoder().decode(head)} ${received!.every((byte) => byte === 7)} ${received!.length}`
  } catch (error) {
    return (error as Error).name
  } finally {
    for (const socket of [push, pull]) {
      socket.linger = 0
      socket.close()
    }
  }
}

describe("workerd: security", () => {
  const [server, client] = [curveKeyPair(), curveKeyPair()]
  const keys = { curvePublicKey: client.publicKey, curveSecretKey: client.secretKey }
  const curveServer = { curveServer: true, curveSecretKey: server.secretKey }

  it("finds the public key of a secret one", () => {
    expect(curvePublicKey(server.secretKey)).to.equal(server.publicKey)
    expect(server.secretKey).to.not.equal(client.secretKey)
    expect(() => curvePublicKey("short")).to.throw("Invalid key: expected 40 characters of Z85")
  })

  it("connects with NULL", async () => {
    expect(await attempt(new Push(), new Pull())).to.equal("secret true 100000")
  })

  it("connects with PLAIN, and lets a function authenticate the peer", async () => {
    const authenticate = ({ username, password }: { username?: string; password?: string }): boolean =>
      username === "admin" && password === "right"
    const pull = (): Pull => new Pull({ plainServer: true, authenticate })
    expect(await attempt(new Push({ plainUsername: "admin", plainPassword: "right" }), pull())).to.equal(
      "secret true 100000",
    )
    expect(await attempt(new Push({ plainUsername: "admin", plainPassword: "wrong" }), pull())).to.equal("RefusedError")
  })

  it("connects with CURVE", async () => {
    const push = new Push({ ...keys, curveServerKey: server.publicKey })
    expect(await attempt(push, new Pull(curveServer))).to.equal("secret true 100000")
  })

  it("fails against a server with another key", async () => {
    const push = new Push({ ...keys, curveServerKey: client.publicKey, handshakeInterval: 500 })
    expect(await attempt(push, new Pull(curveServer))).to.equal("HangUpError")
  })
})
