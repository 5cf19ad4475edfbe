import type { Clock, Timer } from "../../src/core/runtime/clock.js"

interface Alarm {
  readonly due: number
  readonly task: () => void
}

/** A clock that only the test advances. */
export class FakeClock implements Clock {
  #now = 0
  readonly #alarms = new Set<Alarm>()

  /** Number of pending timers. */
  get waiting(): number {
    return this.#alarms.size
  }

  after(delay: number, task: () => void): Timer {
    const alarm = { due: this.#now + delay, task }
    this.#alarms.add(alarm)
    return {
      cancel: () => {
        this.#alarms.delete(alarm)
      },
    }
  }

  /** Advances the clock by `duration` ms, and runs the timers that expire, in order. */
  advance(duration: number): void {
    const end = this.#now + duration
    for (let alarm = this.#next(end); alarm !== undefined; alarm = this.#next(end)) {
      this.#now = alarm.due
      this.#alarms.delete(alarm)
      alarm.task()
    }
    this.#now = end
  }

  #next(end: number): Alarm | undefined {
    return [...this.#alarms].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0]
  }
}
