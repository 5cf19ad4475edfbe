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

/** Whether `value` is valid as limits. Missing properties mean no limit, so almost any object is. */
const hasNoLimits = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !("sendMark" in value || "conflatesSent" in value)

/** The result of parsing `message` on the other side of a port. */
const passed = (message: unknown[]): PortMessage | undefined => {
  const data: unknown = structuredClone(message)
  return isMarked(data) ? parsePortMessage(data) : undefined
}

describe("messages between the two sides of a port", () => {
  for (const message of MESSAGES) {
    it(`are accepted if valid: ${message[0]}`, () => {
      expect(passed(marked(message))).to.deep.equal(message)
      expect(passed([...marked(message), "more"])).to.deep.equal(message)
    })

    it(`are rejected with any invalid part: ${message[0]}`, () => {
      for (let place = 1; place < message.length; place++) {
        for (const wrong of WRONG) {
          const changed = marked(message).with(1 + place, wrong)
          const taken = parsePortMessage(changed)
          if (message[place] === limits && hasNoLimits(wrong)) {
            expect(Object.values(taken!.at(-1) as object)).to.deep.equal(new Array(6).fill(undefined))
          } else if (taken !== undefined) {
            // If a wrong value happens to be valid in this position, it must be returned unchanged.
            expect(taken).to.deep.equal(changed.slice(1))
          }
        }
        expect(parsePortMessage(marked(message).slice(0, 1 + place)), `without ${place}`).to.equal(undefined)
      }
    })
  }

  it("are distinguished from messages that others post to the port", () => {
    for (const data of [...WRONG, ["zmtp.port.0", "left"], "zmtp.port.1", ["left"]]) {
      expect(isMarked(data)).to.equal(false)
    }
  })

  it("are accepted only from the side that may send them", () => {
    expect(passed(marked(["open", false, 1, "n", self, limits] as unknown as PortMessage))).to.equal(undefined)
    for (const kind of ["accepted", "refused"]) {
      expect(passed(marked([kind, true, 1, self, limits] as unknown as PortMessage))).to.equal(undefined)
    }
  })

  it("have at least one frame", () => {
    expect(passed(marked(["message", true, 1, []]))).to.equal(undefined)
  })

  it("have a limited number of names of limited length", () => {
    const name = "n".repeat(MAX_NAME)
    expect([passed(marked(["bound", name])), passed(marked(["bound", `${name}n`]))]).to.deep.equal([
      ["bound", name],
      undefined,
    ])
    const names = Array.from({ length: MAX_NAMES }, () => "n")
    expect(passed(marked(["names", names]))).to.deep.equal(["names", names])
    expect(passed(marked(["names", [...names, "n"]]))).to.equal(undefined)
  })

  it("are rejected if they are random", () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { maxLength: 7 }), (noise) => {
        const taken = parsePortMessage(["zmtp.port.1", ...noise])
        if (taken !== undefined) expect(MESSAGES.map(([kind]) => kind)).to.include(taken[0])
      }),
      { numRuns: 500 },
    )
  })
})
