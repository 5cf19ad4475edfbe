import { expect } from "chai"
import { copyShared } from "../../../src/transports/threads/copy-shared.js"

describe("copies to and from shared memory", () => {
  /** `size` bytes that differ from their neighbors. */
  const pattern = (memory: ArrayBufferLike): Uint8Array =>
    new Uint8Array(memory).map((_, index) => (index * 7 + (index >> 8)) & 0xff)

  for (const size of [0, 1, 4095, 4096, 4097, 100_000]) {
    it(`have all of ${size} bytes at their place, and change no others`, () => {
      for (const Memory of [SharedArrayBuffer, ArrayBuffer]) {
        const source = pattern(new ArrayBuffer(size))
        const from = new Uint8Array(Memory === ArrayBuffer ? new SharedArrayBuffer(size) : new ArrayBuffer(size))
        from.set(source)
        const target = new Uint8Array(new Memory(size + 10)).fill(0xee)
        copyShared(target, 3, from)
        expect(Buffer.from(target)).to.deep.equal(
          Buffer.concat([Buffer.alloc(3, 0xee), source, Buffer.alloc(7, 0xee)]),
          Memory.name,
        )
      }
    })
  }
})
