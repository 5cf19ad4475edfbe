import { expect } from "chai"
import type { ByteStream } from "../../../src/core/connection/byte-stream.js"
import { DetachableAttempt, type DialDriver } from "../../../src/transports/stream/dial-driver.js"
import type { StreamOptions } from "../../../src/transports/transport.js"
import { Loopback } from "../../support/loopback.js"

/** An attempt whose outcome the test decides, and the notifications of its owner. */
function create() {
  let connected!: (stream: ByteStream) => void
  let failed!: (error: Error, answered?: boolean) => void
  const told: unknown[] = []
  let canceled = 0
  const driver: DialDriver = {
    delays: true,
    check: () => undefined,
    dial: (address, _options, ...outcomes) => {
      told.push(address)
      ;[connected, failed] = outcomes
      return { cancel: () => canceled++ }
    },
  }
  const attempt = new DetachableAttempt(driver, "host:1", {} as StreamOptions, {
    connected: (stream) => told.push(stream),
    failed: (error, answered) => told.push(error, answered),
  })
  return {
    attempt,
    told,
    connect: (stream: ByteStream) => {
      connected(stream)
    },
    fail: (error: Error, answered?: boolean) => {
      failed(error, answered)
    },
    canceled: () => canceled,
  }
}

describe("DetachableAttempt", () => {
  it("passes the stream to its owner", () => {
    const { told, connect } = create()
    const stream = new Loopback()
    connect(stream)
    expect(told).to.deep.equal(["host:1", stream])
    expect(stream.state).to.equal("open")
  })

  it("reports a failure to its owner, and whether a peer answered", () => {
    const { told, fail } = create()
    const error = new Error("refused")
    fail(error, true)
    expect(told).to.deep.equal(["host:1", error, true])
  })

  it("reports only one outcome to its owner, and destroys a stream that arrives later", () => {
    const { told, connect, fail } = create()
    const [first, second] = [new Loopback(), new Loopback()]
    connect(first)
    fail(new Error("late"))
    connect(second)
    expect(told).to.deep.equal(["host:1", first])
    expect([first.state, second.state]).to.deep.equal(["open", "destroyed"])
  })

  it("destroys a stream that arrives after it was canceled, without a report", () => {
    const { attempt, told, connect, fail, canceled } = create()
    attempt.cancel()
    expect(canceled()).to.equal(1)
    const stream = new Loopback()
    connect(stream)
    fail(new Error("late"))
    expect([told, stream.state]).to.deep.equal([["host:1"], "destroyed"])
  })
})
