import { expect } from "chai"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { connect } from "node:net"
import * as zmtp from "../src/index.js"
import { curveKeyPair, Dealer, Pair, Pull, Router, Subscriber, type Socket } from "../src/index.js"
import { CONVERSATIONS, localSide, remoteSide, type Local, type PeerType, type Side } from "./support/conversations.js"
import { RemoteProcess } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

const server = curveKeyPair()
const client = curveKeyPair()
const CURVE = {
  server: { curveServer: true, curveSecretKey: server.secretKey, curvePublicKey: server.publicKey },
  client: { curveServerKey: server.publicKey, curvePublicKey: client.publicKey, curveSecretKey: client.secretKey },
}
const MEBIBYTE = 1024 * 1024
const DIGEST = createHash("sha256")
  .update(Buffer.alloc(64 * MEBIBYTE, 7))
  .digest("hex")

/** The first event of one of `types`. */
async function event(
  socket: Socket,
  ...types: string[]
): Promise<{ type: string; error?: Error & { code?: string; status?: number } }> {
  for await (const event of socket.events) if (types.includes(event.type)) return event
  throw new Error("The socket has closed")
}

describe("security between this library and libzmq", function () {
  this.timeout(30_000)
  let libzmq: RemoteProcess

  before(async () => {
    libzmq = await RemoteProcess.start("libzmq")
  })
  after(() => libzmq.stop())
  afterEach(async () => {
    closeAll()
    await libzmq.closeAll()
  })

  for (const role of ["server", "client"] as const) {
    const options = [CURVE[role], CURVE[role === "server" ? "client" : "server"]] as const
    for (const address of ["tcp://127.0.0.1:*", "ipc://*"]) {
      for (const binder of ["zmtp", "libzmq"]) {
        const where = `over ${address.slice(0, 3)}, bound by ${binder}`

        async function meet(ours: PeerType, theirs: PeerType, more: readonly [object, object] = [{}, {}]) {
          const Class = zmtp[ours as keyof typeof zmtp] as unknown as new (options: object) => Local
          const local = closing(new Class({ ...more[0], ...options[0] }))
          const remote = await libzmq.socket(theirs, { ...more[1], ...options[1] })
          if (binder === "zmtp") {
            await local.bind(address)
            await remote.connect(local.lastEndpoint!)
          } else local.connect(await remote.bind(address))
          return [local, remote] as const
        }

        for (const { types, options = [{}, {}], talk } of CONVERSATIONS) {
          for (const ours of types[0] === types[1] ? [0] : [0, 1]) {
            const names = types.map((type, side) => `${type} (${side === ours ? `zmtp, CURVE ${role}` : "libzmq"})`)
            it(`CURVE transfers messages ${where}: ${names.join(" to ")}`, async () => {
              const [local, remote] = await meet(types[ours]!, types[1 - ours]!, [options[ours]!, options[1 - ours]!])
              const both: [Side, Side] = [localSide(local), remoteSide(remote)]
              if (ours === 1) both.reverse()
              await talk(...both)
            })
          }
        }

        if (binder === "libzmq") continue
        it(`CURVE transfers 64 MiB in both directions, this library as ${role}, ${where}`, async () => {
          const [ours, theirs] = await meet("Pair", "Pair")
          const body = Buffer.alloc(64 * MEBIBYTE, 7)
          await ours.send([body, "end"])
          expect((await theirs.digest())[0]).to.deep.equal([body.length, DIGEST])
          await theirs.fill(body.length, 7)
          expect((await ours.receive())[0]!.equals(body)).to.equal(true)
        })
      }
    }
  }

  it("CURVE transfers subscriptions and heartbeats", async () => {
    const publisher = await libzmq.socket("XPublisher", { ...CURVE.server, heartbeatInterval: 20 })
    const subscriber = closing(new Subscriber({ ...CURVE.client, heartbeatInterval: 20 }))
    subscriber.connect(await publisher.bind("tcp://127.0.0.1:*"))
    subscriber.subscribe("news")
    expect(await publisher.receive()).to.deep.equal(["\x01news"])
    await publisher.send("news", "1")
    expect(await receiveText(subscriber)).to.deep.equal(["news", "1"])
  })

  it("PLAIN accepts only clients that the authenticator accepts", async () => {
    const pull = closing(new Pull({ plainServer: true }))
    pull.authenticate = ({ username, password }) => username === "admin" && password === "secret"
    await pull.bind("tcp://127.0.0.1:*")
    const refused = event(pull, "handshake:error:auth")
    const wrong = await libzmq.socket("Push", { plainUsername: "admin", plainPassword: "guess" })
    const learned = wrong.event("handshake:error:auth", "handshake:error:protocol")
    await wrong.connect(pull.lastEndpoint!)
    expect((await refused).error).to.have.property("status", 400)
    expect(await learned).to.include({ type: "handshake:error:auth", status: 400 })
    const right = await libzmq.socket("Push", { plainUsername: "admin", plainPassword: "secret" })
    await right.connect(pull.lastEndpoint!)
    await right.send("in")
    expect(await receiveText(pull)).to.deep.equal(["in"])
  })

  it("PLAIN reports that a libzmq server refused it", async () => {
    const pull = await libzmq.socket("Pull", { plainServer: true })
    const handler = await libzmq.socket("Router")
    await handler.bind("inproc://zeromq.zap.01")
    const dealer = closing(new Pair({ plainUsername: "admin", plainPassword: "guess" }))
    const refused = event(dealer, "handshake:error:auth")
    dealer.connect(await pull.bind("tcp://127.0.0.1:*"))
    const [id, , version, request, ...rest] = await handler.receive()
    expect([version, ...rest]).to.deep.equal(["1.0", "", "127.0.0.1", "", "PLAIN", "admin", "guess"])
    await handler.send(Buffer.from(id!, "latin1"), "", "1.0", request!, "400", "No", "", "")
    expect((await refused).error).to.have.property("status", 400)
  })

  it("ZAP sends our handler the same request for a libzmq client as libzmq does", async () => {
    const router = closing(new Router({ ...CURVE.server, zapDomain: "domain", routingId: "self" }))
    const handler = closing(new Router())
    await handler.bind("inproc://zeromq.zap.01")
    await router.bind("tcp://127.0.0.1:*")
    const dealer = await libzmq.socket("Dealer", { ...CURVE.client, routingId: "peer" })
    await dealer.connect(router.lastEndpoint!)
    const [id, delimiter, version, request, domain, address, identity, mechanism, key, ...more] =
      await handler.receive()
    expect([delimiter, version, domain, address, identity, mechanism].map(String)).to.deep.equal([
      "",
      "1.0",
      "domain",
      "127.0.0.1",
      "self",
      "CURVE",
    ])
    expect(key).to.have.length(32)
    expect(more).to.be.empty
    await handler.send([id!, "", "1.0", request!, "200", "OK", "user", ""])
    await dealer.send("in")
    expect(await receiveText(router)).to.deep.equal(["peer", "in"])
  })

  for (const [reply, code] of [
    [["2.0", "1", "200", "OK", "", ""], "ERR_ZAP_BAD_VERSION"],
    [["1.0", "2", "200", "OK", "", ""], "ERR_ZAP_BAD_REQUEST_ID"],
    [["1.0", "1", "123", "OK", "", ""], "ERR_ZAP_INVALID_STATUS_CODE"],
    [["1.0", "1", "200", "OK", ""], "ERR_ZAP_MALFORMED_REPLY"],
    [["1.0", "1", "200", "OK", "", "junk"], "ERR_ZAP_INVALID_METADATA"],
  ] as const) {
    it(`ZAP rejects a reply with ${code}`, async () => {
      const router = closing(new Router(CURVE.server))
      const handler = closing(new Router())
      await handler.bind("inproc://zeromq.zap.01")
      await router.bind("tcp://127.0.0.1:*")
      const refused = event(router, "handshake:error:protocol")
      const dealer = await libzmq.socket("Dealer", CURVE.client)
      await dealer.connect(router.lastEndpoint!)
      const [id] = await handler.receive()
      await handler.send([id!, "", ...reply])
      expect((await refused).error).to.have.property("code", code)
    })
  }

  it("PLAIN rejects all clients if there is no authenticator", async () => {
    const pull = closing(new Pull({ plainServer: true }))
    await pull.bind("tcp://127.0.0.1:*")
    const refused = event(pull, "handshake:error:other")
    const push = await libzmq.socket("Push", { plainUsername: "admin", plainPassword: "secret" })
    await push.connect(pull.lastEndpoint!)
    expect((await refused).error).to.have.property("code", "EFAULT")
  })

  for (const [name, options, codes] of [
    // Both sides notice the mismatch. The first one closes the connection, and the other reports that.
    ["NULL", {}, ["ERR_ZMTP_MECHANISM_MISMATCH", "EPIPE", "ECONNRESET"]],
    ["PLAIN", { plainUsername: "a", plainPassword: "b" }, ["ERR_ZMTP_MECHANISM_MISMATCH", "EPIPE", "ECONNRESET"]],
    ["another server's key", { ...CURVE.client, curveServerKey: client.publicKey }, ["ERR_ZMTP_CRYPTOGRAPHIC"]],
  ] as const) {
    it(`a CURVE server refuses a peer with ${name}`, async () => {
      const pull = closing(new Pull(CURVE.server))
      await pull.bind("tcp://127.0.0.1:*")
      const refused = event(pull, "handshake:error:protocol", "handshake:error:other")
      const push = await libzmq.socket("Push", options)
      await push.connect(pull.lastEndpoint!)
      expect((await refused).error!.code).to.be.oneOf(codes)
      expect(pull.readable).to.equal(false)
    })
  }

  it("a CURVE server refuses peers that predate security mechanisms", async () => {
    const pull = closing(new Pull(CURVE.server))
    await pull.bind("tcp://127.0.0.1:*")
    for (const greeting of ["0100", "ff00000000000000017f01"]) {
      const refused = event(pull, "handshake:error:protocol")
      const peer = connect(Number(pull.lastEndpoint!.split(":").pop()), "127.0.0.1")
      peer.write(Buffer.from(greeting, "hex"))
      expect((await refused).error).to.have.property("code", "ERR_ZMTP_UNSPECIFIED")
      await once(peer.resume(), "close")
    }
  })

  it("a CURVE client sends nothing to a server without CURVE", async () => {
    const pull = await libzmq.socket("Pull")
    const dealer = closing(new Dealer(CURVE.client))
    const refused = event(dealer, "handshake:error:protocol", "handshake:error:other")
    dealer.connect(await pull.bind("tcp://127.0.0.1:*"))
    expect((await refused).error!.code).to.be.oneOf(["ERR_ZMTP_MECHANISM_MISMATCH", "EPIPE", "ECONNRESET"])
  })
})
