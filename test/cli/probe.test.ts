import { expect } from "chai"
import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import { libzmqPeers } from "../../interop/support/remote.js"
import { curveKeyPair, Dealer, Publisher, Pull, Push, Router, Subscriber, type Socket } from "../../src/index.js"
import { Cli, type Outcome } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { GREETING } from "../support/raw-peer.js"
import { freeTcp, SocketFolder } from "../support/endpoints.js"

const WILDCARD = "tcp://127.0.0.1:*"

describe("zmtp probe", () => {
  const open = closing()
  const probe = (endpoint: string, ...args: string[]): Promise<Outcome> => Cli.run(["probe", endpoint, ...args])

  async function bound(socket: Socket, endpoint = WILDCARD): Promise<string> {
    open(socket)
    await socket.bind(endpoint)
    return socket.lastEndpoint!
  }

  /** The exit code, and the findings that are reported as JSON. */
  async function findings(endpoint: string, ...args: string[]): Promise<[code: number | null, ...facts: unknown[]]> {
    const { code, stdout, stderr } = await probe(endpoint, "--json", ...args)
    expect(stderr).to.equal("")
    const { version, mechanism, socketType, unauthenticated } = JSON.parse(stdout) as Record<string, unknown>
    return [code, version, mechanism, socketType, unauthenticated]
  }

  describe("with peers of libzmq", () => {
    const libzmq = libzmqPeers()

    it("reports version, mechanism, and socket type, and that unauthenticated peers are accepted", async () => {
      const peer = await libzmq.socket("Router")
      expect(await findings(await peer.bind(WILDCARD))).to.deep.equal([0, "3.1", "NULL", "ROUTER", "accepted"])
    })

    it("reports a CURVE server, with its key and without", async () => {
      const { publicKey, secretKey } = curveKeyPair()
      const peer = await libzmq.socket("Publisher", { curveServer: true, curveSecretKey: secretKey })
      const endpoint = await peer.bind(WILDCARD)
      expect(await findings(endpoint)).to.deep.equal([4, "3.1", "CURVE", null, "unknown"])
      const known = await findings(endpoint, `--curve-server-key=${publicKey}`)
      expect(known).to.deep.equal([0, "3.1", "CURVE", "PUB", "accepted"])
    })
  })

  it("prints its results, one per line", async () => {
    const endpoint = await bound(new Pull())
    const { code, stdout } = await probe(endpoint)
    expect([code, stdout]).to.deep.equal([
      0,
      [
        `endpoint               ${endpoint}`,
        "version                ZMTP 3.1",
        "mechanism              NULL",
        "socket type            PULL",
        "unauthenticated peers  accepted",
        "",
      ].join("\n"),
    ])
  })

  it("connects to ipc:// endpoints", async () => {
    const folder = open(new SocketFolder())
    const endpoint = await bound(new Pull(), `ipc://${folder.next()}`)
    expect(await findings(endpoint)).to.deep.equal([0, "3.1", "NULL", "PULL", "accepted"])
  })

  it("exits with 3 when unauthenticated peers are rejected, regardless of the mechanism", async () => {
    const nothing = new Pull()
    nothing.authenticate = () => false
    expect(await findings(await bound(nothing))).to.deep.equal([3, "3.1", "NULL", null, "rejected"])
    const plain = new Pull({ plainServer: true })
    plain.authenticate = ({ username }) => username === "admin"
    expect(await findings(await bound(plain))).to.deep.equal([3, "3.1", "PLAIN", null, "rejected"])
    const { publicKey, secretKey } = curveKeyPair()
    const curve = new Pull({ curveServer: true, curveSecretKey: secretKey })
    curve.authenticate = () => false
    const known = await findings(await bound(curve), `--curve-server-key=${publicKey}`)
    expect(known).to.deep.equal([3, "3.1", "CURVE", null, "rejected"])
  })

  it("reports the socket type of a PLAIN server unless finding it would take messages of other peers", async () => {
    for (const [socket, type] of [
      [new Router({ plainServer: true }), "ROUTER"],
      [new Publisher({ plainServer: true }), "PUB"],
      [new Pull({ plainServer: true }), "PULL"],
      [new Subscriber({ plainServer: true }), "SUB"],
      [new Dealer({ plainServer: true }), null],
    ] as const) {
      socket.authenticate = () => true
      expect(await findings(await bound(socket))).to.deep.equal([0, "3.1", "PLAIN", type, "accepted"])
    }
  })

  it("reports a Router, which sends READY only after its peer", async () => {
    expect(await findings(await bound(new Router()))).to.deep.equal([0, "3.1", "NULL", "ROUTER", "accepted"])
    const closed = new Router()
    closed.authenticate = () => false
    expect(await findings(await bound(closed))).to.deep.equal([3, "3.1", "NULL", null, "rejected"])
  })

  it("exits with 4 when the given key is not the server's", async () => {
    const curve = new Pull({ curveServer: true, curveSecretKey: curveKeyPair().secretKey })
    const other = await findings(await bound(curve), `--curve-server-key=${curveKeyPair().publicKey}`)
    expect(other).to.deep.equal([4, "3.1", "CURVE", null, "unknown"])
  })

  it("receives no message of a server that distributes messages among its peers", async () => {
    const push = new Push()
    const endpoint = await bound(push)
    const sent = push.send("work")
    expect(await findings(endpoint)).to.deep.equal([0, "3.1", "NULL", "PUSH", "accepted"])
    const pull = open(new Pull())
    pull.connect(endpoint)
    expect(String(await pull.receive())).to.equal("work")
    await sent
  })

  describe("with peers that send raw bytes", () => {
    /**
     * A server that answers every connection with `bytes`.
     * @param interval Time between two bytes after the greeting, in ms. Default: all bytes are sent at once.
     */
    async function saying(bytes: Uint8Array, interval = 0): Promise<string> {
      const timers = new Set<NodeJS.Timeout>()
      const server = createServer((socket) => {
        let said = interval > 0 ? GREETING.length : bytes.length
        socket.on("error", () => undefined).write(bytes.subarray(0, said))
        if (interval > 0) timers.add(setInterval(() => socket.write(bytes.subarray(said, ++said)), interval))
      })
      const sockets = new Set<{ destroy(): void }>()
      server.on("connection", (socket) => sockets.add(socket))
      open({
        close: () => {
          for (const timer of timers) clearInterval(timer)
          for (const socket of sockets) socket.destroy()
          server.close()
        },
      })
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    }

    it("reports ZMTP 2.0, which has no security", async () => {
      const endpoint = await saying(hex("ff00000000000000017f 01 05 00 00"))
      expect(await findings(endpoint)).to.deep.equal([0, "2.0", null, "DEALER", "accepted"])
    })

    it("escapes what the peer sends", async () => {
      const greeting = Buffer.concat([hex("ff00000000000000017f 03 01"), Buffer.alloc(52)])
      greeting.set(Buffer.from("\x1b[2J\n\x9b"), 12)
      const { code, stdout } = await probe(await saying(greeting))
      expect([code, stdout]).to.match(/^4,endpoint.*\nversion .*\nmechanism {2,}\\x1b\[2J\\n/)
      expect(stdout.split("\n")).to.have.length(7)
      expect(stdout).not.to.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
    })

    it("rejects handshake frames larger than a command can be", async () => {
      const huge = Buffer.concat([GREETING, hex("06 00000000fffffff0"), Buffer.alloc(100_000)])
      const { code, stdout } = await probe(await saying(huge))
      expect([code, stdout]).to.match(/^4,[^]*because {2,}Frame of 4294967280 bytes exceeds the limit of 65536\n$/)
    })

    it("applies the timeout to the whole answer, even if it arrives byte by byte", async () => {
      for (const mechanism of ["NULL", "PLAIN"]) {
        const greeting = Buffer.from(GREETING)
        greeting.write(`${mechanism}\0`, 12)
        const answer = Buffer.concat([greeting, hex("06 000000000000ff00"), Buffer.alloc(0xff00)])
        const { code, stdout } = await probe(await saying(answer, 20), "--timeout", "500")
        expect([code, stdout]).to.match(/^4,[^]*because {2,}no answer within 500 ms\n$/)
      }
    })

    it("exits with 1 when no ZMTP peer answers, and with 2 without an endpoint", async () => {
      for (const [endpoint, reason, ...options] of [
        [await freeTcp(), "ECONNREFUSED"],
        [await saying(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")), "not ZMTP"],
        [await saying(Buffer.alloc(0)), "no answer within 50 ms", "--timeout", "50"],
      ] as const) {
        const { code, stdout, stderr } = await probe(endpoint, ...options)
        expect([code, stdout]).to.deep.equal([1, ""])
        expect(stderr).to.include(reason)
      }
      for (const args of [
        [],
        ["ws://127.0.0.1:1"],
        ["tcp://127.0.0.1:*"],
        ["tcp://127.0.0.1:65536"],
        ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"],
      ]) {
        expect((await Cli.run(["probe", ...args])).code).to.equal(2)
      }
    })
  })
})
