import { expect } from "chai"
import { limitTime } from "../../../src/transports/net/limit-time.js"

describe("limitTime", () => {
  it("reports what has timed out, and after how long", async () => {
    const error = await new Promise<Error>((resolve) => limitTime(1, "a signal", resolve))
    expect(error).to.include({ code: "ETIMEDOUT", message: "Timed out after 1 ms waiting for a signal" })
  })

  it("reports nothing after it is canceled, or without a limit", async () => {
    const missed: Error[] = []
    limitTime(1, "a signal", (error) => missed.push(error))()
    limitTime(0, "a signal", (error) => missed.push(error))()
    await new Promise<Error>((resolve) => limitTime(2, "another signal", resolve))
    expect(missed).to.deep.equal([])
  })
})
