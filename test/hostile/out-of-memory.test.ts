import { expect } from "chai"
import { fork, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { curveKeyPair, Pull, Push } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { RawPeer } from "../support/raw-peer.js"
import { BINARY, RawWebSocket } from "../support/raw-web-socket.js"
import { texts } from "../support/receiving.js"
import { RUNTIME, TYPESCRIPT } from "../support/runtime.js"
import { skip } from "../support/skip.js"
import type { Task } from "./out-of-memory.js"

const MIB = 1024 * 1024

/** Only V8 throws when an allocation fails; other engines abort. Only Linux can limit a running process. */
const LIMITABLE = RUNTIME === "Node" && spawnSync("prlimit", ["--version"]).status === 0

describe("memory that cannot be allocated", function () {
  this.timeout(60_000)
  const use = closing()

  before(function () {
    if (!LIMITABLE) skip(this, "memory cannot be limited here")
  })

  /** Starts a process that performs `task`. `next` resolves with the next value that it reports for `key`. */
  function start(task: Task): { next: (key: string) => Promise<unknown>; child: ChildProcess } {
    const child = fork(new URL("out-of-memory.ts", import.meta.url), [JSON.stringify(task)], {
      // With the trap handler, each WebAssembly instance reserves 10 GiB of address space.
      execArgv: ["--disable-wasm-trap-handler", ...TYPESCRIPT],
    })
    use({ close: () => child.kill() })
    const said: Record<string, unknown>[] = []
    let wake: () => void = () => undefined
    child.on("message", (report) => {
      said.push(report as Record<string, unknown>)
      wake()
    })
    child.on("exit", () => {
      wake()
    })
    return {
      child,
      async next(key) {
        for (;;) {
          const report = said.shift()
          if (report !== undefined && key in report) return report[key]
          if (report !== undefined) continue
          if (child.exitCode !== null || child.signalCode !== null) throw new Error(`It ended before it said ${key}`)
          await new Promise<void>((resolve) => (wake = resolve))
        }
      },
    }
  }

  describe("for data from a peer ends only its connection, with ENOMEM", () => {
    it("tcp: 264 MiB of 4 GiB", async () => {
      const { next } = start({ task: "receive", endpoint: "tcp://127.0.0.1:*", headroom: 1024 })
      const endpoint = String(await next("endpoint"))
      const push = use(new Push())
      push.connect(endpoint)
      const peer = use(await RawPeer.handshake(endpoint, "PUSH"))
      peer.socket.resume()
      peer.write("02 00000000ffffffff")
      const piece = Buffer.alloc(MIB)
      for (let sent = 0; sent < 264; sent++) peer.write(piece)
      expect(await next("lost")).to.equal("ENOMEM")
      await push.send("served")
      expect(await next("received")).to.equal("served")
    })

    it("ws: a message that is assembled in as much memory again", async () => {
      const { next } = start({ task: "receive", endpoint: "ws://127.0.0.1:*", headroom: 768 })
      const endpoint = String(await next("endpoint"))
      const push = use(new Push())
      push.connect(endpoint)
      const peer = use(await RawWebSocket.connect(endpoint))
      await peer.send(BINARY, 512 * MIB)
      expect(await next("lost")).to.equal("ENOMEM")
      await push.send("served")
      expect(await next("received")).to.equal("served")
    })
  })

  const [server, client] = [curveKeyPair(), curveKeyPair()]
  const curve = {
    curveServerKey: server.publicKey,
    curvePublicKey: client.publicKey,
    curveSecretKey: client.secretKey,
  }

  describe("for data to a peer ends only its connection, with ENOMEM", () => {
    for (const [what, scheme, bound, options] of [
      ["sealed with CURVE", "tcp", { curveServer: true, curveSecretKey: server.secretKey }, curve],
      ["masked for a WebSocket", "ws", {}, {}],
    ] as const) {
      for (const [when, early] of [
        ["at once", false],
        ["when it is connected", true],
      ] as const) {
        it(`${what}, ${when}`, async () => {
          const pull = use(new Pull(bound))
          await pull.bind(`${scheme}://127.0.0.1:*`)
          const { next, child } = start({
            task: "send",
            endpoint: pull.lastEndpoint!,
            headroom: 256,
            size: 512,
            early,
            options: { ...options, reconnectInterval: 1 },
          })
          expect(await texts(pull, 1)).to.deep.equal(["before"])
          expect(await next("lost")).to.equal("ENOMEM")
          expect((await texts(pull, 2)).sort()).to.deep.equal(["after", "other"])
          child.kill()
          await once(child, "exit")
        })
      }
    }
  })
})
