import { expect } from "chai"
import { CurveBox } from "../../../../src/zmtp/handshake/curve/box.js"
import type { CurveCrypto } from "../../../../src/zmtp/handshake/curve/crypto.js"
import { Counter, Sequence } from "../../../../src/zmtp/handshake/curve/nonce.js"
import { Outbox } from "../../../../src/zmtp/frames/outbox.js"
import { FLAG_COMMAND, FLAG_MORE } from "../../../../src/zmtp/frames/frame-decoder.js"
import { bodies } from "../../../support/curve-peer.js"
import { serverAnd } from "../../../support/curve-conversation.js"
import { codeOf } from "../../../support/messages.js"

const EMPTY = Buffer.alloc(0)

describe("MESSAGE (RFC 26)", () => {
  it("contains flags and body, of sizes from none to long frames", () => {
    const { server, peer, ready } = serverAnd()
    ready()
    for (const size of [0, 1, 222, 223, 10_000]) {
      const body = Buffer.alloc(size, "b")
      // In the encrypted flags, a command is 2 (RFC 26); in the flags of a frame, it is 4 (RFC 37).
      for (const [sealed, flags] of [
        [0, 0],
        [1, FLAG_MORE],
        [2, FLAG_COMMAND],
      ] as const) {
        const opened = server.box!.open(peer.message(sealed, body))
        expect([server.box!.flags, body.equals(opened)]).to.deep.equal([flags, true])
        const outbox = new Outbox()
        server.box!.seal(flags, body, outbox)
        const stream = Buffer.concat(outbox.drain())
        expect(peer.open(bodies(stream)[0]!)).to.deep.equal(Buffer.concat([Buffer.of(sealed), body]))
        // The unencrypted flags do not reveal whether the frame is a command, or whether more frames follow.
        expect(stream[0]! & 0x05).to.equal(0)
      }
    }
  })

  it("is rejected when any of its bytes is changed", () => {
    const { server, peer, ready } = serverAnd()
    ready()
    const message = peer.message(0, Buffer.from("body"))
    for (let at = 0; at < message.length; at++) {
      for (const mask of [0x01, 0x80]) {
        const changed = Buffer.from(message)
        changed[at]! ^= mask
        const expected = at < 8 ? "ERR_ZMTP_UNEXPECTED_COMMAND" : "ERR_ZMTP_CRYPTOGRAPHIC"
        expect(
          codeOf(() => server.box!.open(changed)),
          `byte ${at}`,
        ).to.equal(expected)
      }
    }
    expect(server.box!.open(message)).to.deep.equal(Buffer.from("body"))
  })

  it("is rejected when it is truncated anywhere", () => {
    const { server, peer, ready } = serverAnd()
    ready()
    const message = peer.message(0, EMPTY)
    for (let length = 0; length < message.length; length++) {
      const expected = length < 8 ? "ERR_ZMTP_UNEXPECTED_COMMAND" : "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE"
      expect(
        codeOf(() => server.box!.open(message.subarray(0, length))),
        String(length),
      ).to.equal(expected)
    }
    expect(server.box!.open(message)).to.be.empty
  })

  it("is not decrypted with the zeros with which a key is overwritten", () => {
    for (const end of ["mechanism", "box"] as const) {
      const { server, peer, ready } = serverAnd()
      ready()
      if (end === "mechanism") server.dispose()
      else server.box!.dispose()
      peer.key.fill(0)
      expect(codeOf(() => server.box!.open(peer.message(0, EMPTY)))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    }
  })
})

describe("MESSAGE boxes without memory to work in", () => {
  const fault = new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory")
  const fails = (): never => {
    throw fault
  }
  const crypto = { sealMessage: fails, openInPlace: fails } as unknown as CurveCrypto
  const box = (): CurveBox => new CurveBox(crypto, new Uint8Array(32), "S", new Counter(), new Sequence())

  it("fail with the error of the allocation, which is not the peer's fault", () => {
    const sealed = Buffer.concat([Buffer.from("\x07MESSAGE"), Buffer.alloc(8, 1), Buffer.alloc(100)])
    expect(() => box().open(sealed)).to.throw(fault)
  })

  it("leave nothing of uninitialized memory", () => {
    const outbox = new Outbox()
    outbox.raw(Buffer.alloc(100, 1))
    outbox.drain()
    const body = Buffer.alloc(20_000, 1)
    expect(() => {
      box().seal(0, body, outbox)
    }).to.throw(fault)
    expect(outbox.drain().at(-1)).to.deep.equal(Buffer.alloc(8 + 8 + 17 + body.length))
  })
})
