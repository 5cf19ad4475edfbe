import { expect } from "chai"
import fc from "fast-check"
import {
  isMarked,
  marked,
  MAX_NAME,
  MAX_NAMES,
  parsePortMessage,
  type PortMessage,
} from "../../../src/transports/ports/port-message.js"

const self = { socketType: "PUSH", routingId: Uint8Array.of(1, 2) }
const limits = {
  sendMark: 1000,
  receiveMark: undefined,
  sendBytes: 0,
  receiveBytes: 5,
  conflatesSent: true,
  conflatesReceived: undefined,
}

const MESSAGES: readonly PortMessage[] = [
  ["names", []],
  ["names", ["a", ""]],
  ["bound", "name"],
  ["released", "name"],
  ["open", true, 1, "name", self, limits],
  ["accepted", false, 1, self, limits],
  ["refused", false, 2],
  ["message", true, 3, [Uint8Array.of(1), new Uint8Array(0)]],
  ["message", false, 3, [Uint8Array.of(1)]],
  ["acknowledged", true, 4, 17],
  ["limits", false, 5, limits],
  ["end", true, 6],
  ["left"],
]

const WRONG: readonly unknown[] = [
  ...[undefined, null, NaN, -1, 0.5, 2 ** 53, 1n, "text", true, false, [], {}, [null], new Date(0)],
  ...[new ArrayBuffer(8), [1], [["a"]], { sendMark: "1" }, { sendMark: -1 }, { conflatesSent: 1 }],
]

/** Any object may stand for limits: those that it does not tell are none. */
const hasNoLimits = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !("sendMark" in value || "conflatesSent" in value)

/** What the other side of a port takes `message` for. */
const passed = (message: unknown[]): PortMessage | undefined => {
  const data: unknown = structuredClone(message)
  return isMarked(data) ? parsePortMessage(data) : undefined
}

describe("what the two sides of a port tell each other", () => {
  for (const message of MESSAGES) {
    it(`is taken as it is: ${message[0]}`, () => {
      expect(passed(marked(message))).to.deep.equal(message)
      expect(passed([...marked(message), "more"])).to.deep.equal(message)
    })

    it(`is not taken with anything wrong in it: ${message[0]}`, () => {
      for (let place = 1; place < message.length; place++) {
        for (const wrong of WRONG) {
          const changed = marked(message).with(1 + place, wrong)
          const taken = parsePortMessage(changed)
          if (message[place] === limits && hasNoLimits(wrong)) {
            expect(Object.values(taken!.at(-1) as object)).to.deep.equal(new Array(6).fill(undefined))
          } else if (taken !== undefined) {
            // Some of it may do in some place: then it is what was said, and nothing else.
            expect(taken).to.deep.equal(changed.slice(1))
          }
        }
        expect(parsePortMessage(marked(message).slice(0, 1 + place)), `without ${place}`).to.equal(undefined)
      }
    })
  }

  it("is told from what others post to the port", () => {
    for (const data of [...WRONG, ["zmtp.port.0", "left"], "zmtp.port.1", ["left"]]) {
      expect(isMarked(data)).to.equal(false)
    }
  })

  it("is said by the side that may say it", () => {
    expect(passed(marked(["open", false, 1, "n", self, limits] as unknown as PortMessage))).to.equal(undefined)
    for (const kind of ["accepted", "refused"]) {
      expect(passed(marked([kind, true, 1, self, limits] as unknown as PortMessage))).to.equal(undefined)
    }
  })

  it("has at least one frame in a message", () => {
    expect(passed(marked(["message", true, 1, []]))).to.equal(undefined)
  })

  it("has names that are not too long, nor too many", () => {
    const name = "n".repeat(MAX_NAME)
    expect([passed(marked(["bound", name])), passed(marked(["bound", `${name}n`]))]).to.deep.equal([
      ["bound", name],
      undefined,
    ])
    const names = Array.from({ length: MAX_NAMES }, () => "n")
    expect(passed(marked(["names", names]))).to.deep.equal(["names", names])
    expect(passed(marked(["names", [...names, "n"]]))).to.equal(undefined)
  })

  it("is nothing when it is noise", () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { maxLength: 7 }), (noise) => {
        const taken = parsePortMessage(["zmtp.port.1", ...noise])
        if (taken !== undefined) expect(MESSAGES.map(([kind]) => kind)).to.include(taken[0])
      }),
      { numRuns: 500 },
    )
  })
})
