import { expect } from "chai"
import { CurveBox } from "../../../../src/zmtp/handshake/curve/box.js"
import type { CurveCrypto } from "../../../../src/zmtp/handshake/curve/crypto.js"
import { Counter, Sequence } from "../../../../src/zmtp/handshake/curve/nonce.js"
import { Outbox } from "../../../../src/zmtp/frames/outbox.js"

describe("MESSAGE boxes without memory to work in", () => {
  const fault = new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory")
  const fails = (): never => {
    throw fault
  }
  const crypto = { sealMessage: fails, openInPlace: fails } as unknown as CurveCrypto
  const box = (): CurveBox => new CurveBox(crypto, new Uint8Array(32), "S", new Counter(), new Sequence())

  it("fail with what has failed, which is no fault of the peer's", () => {
    const sealed = Buffer.concat([Buffer.from("\x07MESSAGE"), Buffer.alloc(8, 1), Buffer.alloc(100)])
    expect(() => box().open(sealed)).to.throw(fault)
  })

  it("leave nothing of the memory that they were to fill", () => {
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
