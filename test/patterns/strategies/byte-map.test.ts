import { expect } from "chai"
import fc from "fast-check"
import { ByteMap } from "../../../src/patterns/strategies/byte-map.js"

describe("ByteMap", () => {
  // A few adjacent keys, or any key.
  const byte = fc.oneof(fc.integer({ min: 0x30, max: 0x39 }), fc.integer({ min: 0, max: 255 }))
  const steps = fc.array(fc.record({ byte, value: fc.option(fc.nat()) }), { maxLength: 600 })

  it("behaves like a Map with sorted keys", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const [map, model] = [new ByteMap<number>(), new Map<number, number>()]
        for (const { byte, value } of steps) {
          if (value === null) {
            map.delete(byte)
            model.delete(byte)
          } else {
            map.set(byte, value)
            model.set(byte, value)
          }
          expect(map.size).to.equal(model.size)
        }
        for (let byte = 0; byte < 256; byte++) expect(map.get(byte)).to.equal(model.get(byte))
        expect(map.values()).to.deep.equal([...model].sort(([a], [b]) => a - b).map(([, value]) => value))
      }),
    )
  })
})
