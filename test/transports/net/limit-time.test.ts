import { expect } from "chai"
import { limitTime } from "../../../src/transports/net/limit-time.js"

describe("limitTime", () => {
  it("reports what has timed out, and after how long", async () => {
    const error = await new Promise<Error>((resolve) => limitTime(1, "a sign", resolve))
    expect(error).to.include({ code: "ETIMEDOUT", message: "Waited 1 ms for a sign" })
  })

  it("reports nothing after it is canceled, or without a limit", async () => {
    const missed: Error[] = []
    limitTime(1, "a sign", (error) => missed.push(error))()
    limitTime(0, "a sign", (error) => missed.push(error))()
    await new Promise<Error>((resolve) => limitTime(2, "another sign", resolve))
    expect(missed).to.deep.equal([])
  })
})
