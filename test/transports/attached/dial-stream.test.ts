import { expect } from "chai"
import { systemClock } from "../../../src/core/runtime/clock.js"
import type { AnyStream } from "../../../src/transports/attached/any-stream.js"
import { openStream } from "../../../src/transports/attached/open-stream.js"
import { dialStream } from "../../../src/transports/attached/dial-stream.js"
import type { Attempt } from "../../../src/transports/stream/dial-driver.js"
import { webPair } from "../../support/duplex-pair.js"
import { settle } from "../../support/settle.js"

describe("dialStream", () => {
  /** Starts an attempt to connect. `outcome` resolves to the first callback. */
  function dial(open: (signal: AbortSignal) => AnyStream | Promise<AnyStream>) {
    const outcomes: string[] = []
    let attempt!: Attempt
    const outcome = new Promise<string>((resolve) => {
      const note = (text: string): void => {
        outcomes.push(text)
        resolve(text)
      }
      attempt = dialStream(
        open,
        () => Promise.resolve({ openStream }),
        "peer",
        systemClock,
        (stream) => {
          note(`connected to ${stream.peerAddress}`)
          stream.destroy()
        },
        (error) => {
          note(`failed: ${error.message} ${(error as { code?: string }).code ?? ""}`.trimEnd())
        },
        ({ message }) => {
          note(`misused: ${message}`)
        },
      )
    })
    return { attempt, outcome, outcomes }
  }

  it("connects to the stream that the function returns, or that its promise resolves to", async () => {
    for (const open of [() => webPair()[0], () => Promise.resolve(webPair()[0])]) {
      expect(await dial(open).outcome).to.equal("connected to peer")
    }
  })

  it("reports the result in a later turn, so that the caller can store the attempt first", async () => {
    const { outcome, outcomes } = dial(() => webPair()[0])
    expect(outcomes).to.deep.equal([])
    await outcome
  })

  it("fails with the error of the function", async () => {
    const error = (): never => {
      throw new Error("refused")
    }
    expect(await dial(error).outcome).to.equal("failed: refused")
    expect(await dial(() => Promise.reject(new Error("refused"))).outcome).to.equal("failed: refused")
  })

  it("fails with EINVAL if something else than an error was thrown", async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    expect(await dial(() => Promise.reject("text")).outcome).to.match(/^failed: .*EINVAL$/)
  })

  it("reports a result that is not a stream as misuse, because another attempt would not help", async () => {
    expect(await dial(() => ({}) as AnyStream).outcome).to.match(/^misused: Invalid stream: .*got Object$/)
  })

  it("does not call the function if it is canceled immediately", async () => {
    let calls = 0
    const { attempt, outcomes } = dial(() => {
      calls++
      return webPair()[0]
    })
    attempt.cancel()
    await settle()
    expect([calls, outcomes]).to.deep.equal([0, []])
  })

  it("aborts the signal when it is canceled, and closes a stream that arrives too late", async () => {
    let provide!: (stream: AnyStream) => void
    let signal!: AbortSignal
    let started!: () => void
    const running = new Promise<void>((resolve) => (started = resolve))
    const { attempt, outcomes } = dial((given) => {
      signal = given
      started()
      return new Promise((resolve) => (provide = resolve))
    })
    await running
    expect(signal.aborted).to.equal(false)
    attempt.cancel()
    expect(signal.aborted).to.equal(true)
    const [near, far] = webPair()
    provide(near)
    const closed = await far.readable
      .getReader()
      .closed.then(() => false)
      .catch(() => true)
    expect([closed, outcomes]).to.deep.equal([true, []])
  })

  it("reports neither failure nor misuse after it was canceled", async () => {
    for (const late of [() => Promise.reject(new Error("late")), () => Promise.resolve({} as AnyStream)]) {
      let finish!: () => void
      let started!: () => void
      const running = new Promise<void>((resolve) => (started = resolve))
      const { attempt, outcomes } = dial(async () => {
        started()
        await new Promise<void>((resolve) => (finish = resolve))
        return late()
      })
      await running
      attempt.cancel()
      finish()
      await settle()
      expect(outcomes).to.deep.equal([])
    }
  })
})
