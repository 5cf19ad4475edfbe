import { expect } from "chai"
import type { Timers } from "../../../src/core/runtime/clock.js"
import { KeepAlive } from "../../../src/core/runtime/keep-alive.js"

/** Timers as in Node (objects) or browsers (numbers), and the number of those that keep the process alive. */
function host(kind: "objects" | "numbers") {
  const state = { referenced: 0, created: 0 }
  /** Referencing a cleared timer has no effect on the process. */
  const cleared = new Set<unknown>()
  const timers: Timers = {
    setTimeout: () => undefined,
    clearTimeout: () => undefined,
    setInterval: () => {
      state.created++
      state.referenced++
      if (kind === "numbers") return state.created
      const timer = {
        ref: () => {
          if (!cleared.has(timer)) state.referenced++
        },
        unref: () => state.referenced--,
      }
      return timer
    },
    clearInterval: (timer) => {
      cleared.add(timer)
      state.referenced--
    },
  }
  const tasks: (() => void)[] = []
  const scheduler = { afterMicrotasks: (task: () => void) => tasks.push(task), nextTurn: () => undefined }
  return {
    state,
    keepAlive: new KeepAlive(scheduler, timers),
    /** Tasks that wait for the end of the microtasks. */
    tasks,
    settle: (): void => {
      for (const task of tasks.splice(0)) task()
    },
  }
}

for (const kind of ["objects", "numbers"] as const) {
  describe(`KeepAlive with ${kind} timers`, () => {
    it("keeps the process alive until it was released as often as held", () => {
      const { state, keepAlive, settle } = host(kind)
      keepAlive.hold()
      keepAlive.hold()
      keepAlive.release()
      settle()
      expect(state.referenced).to.equal(1)
      keepAlive.release()
      settle()
      expect(state.referenced).to.equal(0)
      keepAlive.hold()
      expect(state.referenced).to.equal(1)
    })

    it("does nothing if it is held again before the microtasks are done", () => {
      const { state, keepAlive, settle } = host(kind)
      for (let count = 0; count < 100; count++) {
        keepAlive.hold()
        keepAlive.release()
      }
      keepAlive.hold()
      settle()
      expect(state).to.deep.equal({ referenced: 1, created: 1 })
    })

    it("can be held and released any number of times", () => {
      const { state, keepAlive, settle } = host(kind)
      for (let count = 1; count <= 3; count++) {
        keepAlive.hold()
        expect(state.referenced).to.equal(1)
        keepAlive.release()
        settle()
        expect(state).to.deep.equal({ referenced: 0, created: kind === "objects" ? 1 : count })
      }
    })

    it("schedules one task for all releases, and none while it is held otherwise", () => {
      const { keepAlive, tasks } = host(kind)
      for (let count = 0; count < 3; count++) keepAlive.hold()
      for (let count = 0; count < 2; count++) keepAlive.release()
      expect(tasks).to.be.empty
      keepAlive.release()
      keepAlive.hold()
      keepAlive.release()
      expect(tasks).to.have.length(1)
    })
  })
}
