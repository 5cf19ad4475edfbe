// Counts messages, and prints the figures, for the processes of a measurement.

/**
 * A class whose instances count messages of `size` bytes. They print the rate during the warm-up, and report the rate
 * after it.
 * @param warmUp In ms, as `duration`.
 */
export function meter(size, warmUp, duration) {
  return class {
    #counted = 0
    #unseen = 0
    #start = 0
    #warm = false
    #time
    /** Number of messages between two checks of the clock, whose cost would otherwise affect the figure. */
    #stride

    /** @param time Report the time of each, in µs, instead of the rate. */
    constructor({
      time = false,
      stride = time ? 16 : Math.max(1, Math.min(256, Math.floor(4_000_000 / (size + 1)))),
    } = {}) {
      this.#time = time
      this.#stride = stride
    }

    count(messages) {
      this.#counted += messages
      this.#unseen += messages
      if (this.#unseen < this.#stride) return false
      this.#unseen = 0
      const now = performance.now()
      if (!this.#warm) {
        this.#start ||= now
        if (now - this.#start < warmUp) return false
        say({ cold: this.#figure(now) })
        this.#warm = true
        this.#start = now
        this.#counted = 0
        return false
      }
      if (now - this.#start < duration) return false
      report(this.#figure(now))
      return true
    }

    #figure(now) {
      const elapsed = now - this.#start
      return this.#time ? (elapsed * 1000) / this.#counted : (this.#counted / elapsed) * 1000
    }
  }
}

let reported = false

/** Prints the figure; only the first one counts. */
export function report(value) {
  if (reported) return
  reported = true
  say({ value })
}

export function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
