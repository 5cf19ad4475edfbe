import { expect } from "chai"
import { checkSignal, checkTimeout, DEFAULT_WAIT, readWaitOptions } from "../../src/sockets/wait-options.js"
import { codeOf } from "../support/messages.js"

describe("readWaitOptions", () => {
  it("reads each member once", () => {
    const reads: string[] = []
    const { signal } = new AbortController()
    const options = {
      get signal() {
        reads.push("signal")
        return signal
      },
      get timeout() {
        reads.push("timeout")
        return 5
      },
    }
    expect(readWaitOptions(options)).to.deep.equal({ signal, timeout: 5 })
    expect(reads).to.deep.equal(["signal", "timeout"])
  })

  it("returns the defaults, which are frozen, if nothing is set", () => {
    expect(readWaitOptions({})).to.equal(DEFAULT_WAIT)
    expect(Object.isFrozen(DEFAULT_WAIT)).to.equal(true)
  })

  it("validates both members", () => {
    expect(() => readWaitOptions({ signal: {} as AbortSignal })).to.throw(TypeError, "Invalid signal")
    expect(codeOf(() => readWaitOptions({ timeout: -2 }))).to.equal("EINVAL")
  })
})

describe("checkSignal", () => {
  it("accepts any object with the members of an AbortSignal, such as one from another realm", () => {
    const nothing = (): void => undefined
    for (const signal of [
      undefined,
      new AbortController().signal,
      AbortSignal.abort(),
      { aborted: false, addEventListener: nothing, removeEventListener: nothing },
    ]) {
      expect(() => {
        checkSignal(signal)
      }).not.to.throw()
    }
  })

  it("rejects anything else: TypeError", () => {
    const nothing = (): void => undefined
    for (const signal of [
      null,
      true,
      "abort",
      new AbortController(),
      { aborted: false, addEventListener: nothing },
      { aborted: 0, addEventListener: nothing, removeEventListener: nothing },
    ]) {
      expect(() => {
        checkSignal(signal)
      }).to.throw(TypeError, `Invalid signal: expected an AbortSignal, got`)
    }
  })
})

describe("checkTimeout", () => {
  it("accepts 0, any positive number, and -1 for no limit", () => {
    for (const timeout of [undefined, null, 0, 0.5, 1, 2 ** 40, Infinity, -1]) {
      expect(() => {
        checkTimeout(timeout)
      }).not.to.throw()
    }
  })

  it("rejects other numbers (EINVAL) and other values (TypeError)", () => {
    for (const timeout of [-2, -0.5, NaN, -Infinity]) {
      expect(
        codeOf(() => {
          checkTimeout(timeout)
        }),
        String(timeout),
      ).to.equal("EINVAL")
    }
    for (const timeout of ["5", 5n, true, {}]) {
      expect(() => {
        checkTimeout(timeout)
      }).to.throw(TypeError, "Invalid timeout: expected a number of milliseconds")
    }
  })
})
