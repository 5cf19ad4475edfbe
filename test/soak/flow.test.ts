import { expect } from "chai"
import { NO_ERRORS, Flow, WINDOW } from "./flow.js"

describe("a flow of the soak test", () => {
  const frames = (number: number): Buffer[] => [number, "", number].map((part) => Buffer.from(String(part)))

  function flow(disconnects = 0): Flow {
    const made = new Flow({ name: "flow", expected: NO_ERRORS })
    made.disconnects = disconnects
    return made
  }

  it("accepts gaps of any size, and one more sequence for each lost connection", () => {
    const made = flow(1)
    const numbers = [
      0,
      1,
      5,
      3,
      6,
      7,
      4,
      100,
      8,
      1000,
      1000 + WINDOW - 1,
      1001,
      5 * WINDOW,
      5 * WINDOW + 1000,
      4 * WINDOW + 1001,
    ]
    for (const number of numbers) made.take(frames(number))
    expect(made.faults).to.deep.equal([])
    expect([made.received, made.last]).to.deep.equal([numbers.length, 5 * WINDOW + 1000])
  })

  it("detects a message that is received twice", () => {
    for (const first of [0, 7, 8, 9, WINDOW - 1, WINDOW, 3 * WINDOW + 5]) {
      for (const ahead of [1, 6, 7, 8, 9, 64, WINDOW - 1]) {
        const made = flow(1)
        for (const number of [first, first + ahead, first]) made.take(frames(number))
        expect(made.faults, `${first} + ${ahead}`).to.deep.equal([
          `flow: message ${first} came twice or too late, after ${first + ahead}`,
        ])
      }
    }
  })

  it("reports a message that is too old", () => {
    const made = flow(1)
    for (const number of [WINDOW, 0]) made.take(frames(number))
    expect(made.faults).to.deep.equal([`flow: message 0 came twice or too late, after ${WINDOW}`])
  })

  it("knows what it has received after it has cleared the bits of later numbers", () => {
    const made = flow(1)
    for (const number of [3, WINDOW + 2]) made.take(frames(number))
    made.take(frames(3))
    expect(made.faults).to.deep.equal([`flow: message 3 came twice or too late, after ${WINDOW + 2}`])
  })
})
