import { expect } from "chai"
import { Pull } from "../../src/index.js"
import { MAX_HANDSHAKES } from "../../src/transports/stream/unfinished-handshakes.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { RawPeer } from "../support/raw-peer.js"

const PLAIN_GREETING = hex(`ff00000000000000017f 03 01 504c41494e ${"00".repeat(47)}`)

/** HELLO with the name `a` and the password `b`. */
const HELLO = hex("040a 0548454c4c4f 0161 0162")

const WELCOME = hex("0408 0757454c434f4d45")

describe("a flood of connections", () => {
  const use = closing()

  /** Opens connections that never send anything. */
  async function flood(endpoint: string, count: number): Promise<void> {
    for (let opened = 0; opened < count; opened += 64) {
      await Promise.all(
        Array.from({ length: Math.min(64, count - opened) }, async () => use(await RawPeer.connect(endpoint))),
      )
    }
  }

  it("does not end the connections of peers that are being authenticated", async function () {
    this.timeout(60_000)
    const pull = use(new Pull({ plainServer: true, backlog: 1024 }))
    const verdicts: ((verdict: boolean) => void)[] = []
    let asked: () => void = () => undefined
    pull.authenticate = () =>
      new Promise<boolean>((resolve) => {
        verdicts.push(resolve)
        asked()
      })
    await pull.bind("tcp://127.0.0.1:*")
    const honest: RawPeer[] = []
    while (honest.length < 3) {
      const judged = new Promise<void>((resolve) => (asked = resolve))
      const peer = use(await RawPeer.connect(pull.lastEndpoint!))
      peer.write(Buffer.concat([PLAIN_GREETING, HELLO]))
      await judged
      honest.push(peer)
    }
    await flood(pull.lastEndpoint!, MAX_HANDSHAKES + 64)
    for (const verdict of verdicts) verdict(true)
    for (const peer of honest) {
      await peer.read(PLAIN_GREETING.length)
      expect(await peer.read(WELCOME.length)).to.deep.equal(WELCOME)
    }
  })

  it("does not keep a peer out with maxConnections silent connections", async () => {
    const pull = use(new Pull({ maxConnections: 8 }))
    await pull.bind("tcp://127.0.0.1:*")
    const established = await Promise.all(
      Array.from({ length: 3 }, async () => use(await RawPeer.handshake(pull.lastEndpoint!, "PUSH"))),
    )
    await flood(pull.lastEndpoint!, 20)
    const peer = use(await RawPeer.handshake(pull.lastEndpoint!, "PUSH"))
    for (const each of [...established, peer]) expect(await each.ping()).to.equal("040504504f4e47")
  })
})
