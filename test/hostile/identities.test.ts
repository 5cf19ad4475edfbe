import { expect } from "chai"
import { Router } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { GREETING, RawPeer } from "../support/raw-peer.js"

/** READY of a DEALER with a routing id of five bytes. */
function readyAs(routingId: Uint8Array): Buffer {
  const start = "042e0552454144590b536f636b65742d54797065000000064445414c4552084964656e7469747900000005"
  return Buffer.concat([hex(start), routingId])
}

const frame = (...bytes: (string | Uint8Array)[]): Buffer => {
  const body = Buffer.concat(bytes.map((part) => Buffer.from(part as string)))
  return Buffer.concat([Buffer.from([0, body.length]), body])
}

describe("peers that choose their routing id", () => {
  const use = closing()

  for (const handover of [false, true]) {
    it(`do not receive messages for an anonymous peer, connected or not, ${handover ? "with" : "without"} handover`, async () => {
      const router = use(new Router({ handover, linger: 0 }))
      await router.bind("tcp://127.0.0.1:*")
      const anonymous = use(await RawPeer.handshake(router.lastEndpoint!, "DEALER"))
      anonymous.write(frame("hello"))
      const [id] = await router.receive()
      for (const state of ["present", "gone"]) {
        if (state === "gone") {
          const left = new Promise((resolve) => router.events.on("disconnect", resolve))
          anonymous.close()
          await left
        }
        const refused = new Promise<{ error?: Error }>((resolve) => router.events.on("disconnect", resolve))
        const thief = use(await RawPeer.connect(router.lastEndpoint!))
        thief.write(Buffer.concat([GREETING, readyAs(id!)]))
        expect((await refused).error).to.include({ code: "ERR_ZMTP_INVALID_METADATA" })
        await thief.closed()
        await router.send([id!, "secret"])
        if (state === "present") expect(await anonymous.readFrame()).to.deep.equal(frame("secret"))
      }
    })
  }

  it("keep an id that starts with zero but cannot be a generated one, as in libzmq", async () => {
    const router = use(new Router())
    await router.bind("tcp://127.0.0.1:*")
    const peer = use(await RawPeer.connect(router.lastEndpoint!))
    peer.write(GREETING)
    peer.write("042d0552454144590b536f636b65742d54797065000000064445414c4552084964656e746974790000000400616263")
    peer.write(frame("hello"))
    expect(await router.receive()).to.deep.equal([Buffer.from("\0abc"), Buffer.from("hello")])
  })
})
