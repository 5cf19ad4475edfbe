// What the processes of a measurement have in common: how they count, and how they tell.

/**
 * A class whose instances count messages of `size` bytes, and report how many a second there were once the time is over.
 * @param warmUp In ms, as `duration`.
 */
export function meter(size, warmUp, duration) {
  return class {
    #counted = 0
    #unseen = 0
    #start = 0
    #warm = false
    #time
    /** Looking at the clock for each small message would be measured as well. */
    #stride = Math.max(1, Math.min(256, Math.floor(4_000_000 / (size + 1))))

    /** @param time Report µs for each instead of how many a second. */
    constructor({ time = false } = {}) {
      this.#time = time
      if (time) this.#stride = 16
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
        this.#warm = true
        this.#start = now
        this.#counted = 0
        return false
      }
      const elapsed = now - this.#start
      if (elapsed < duration) return false
      report(this.#time ? (elapsed * 1000) / this.#counted : (this.#counted / elapsed) * 1000)
      return true
    }
  }
}

let reported = false

/** The figure; only the first counts. */
export function report(value) {
  if (reported) return
  reported = true
  say({ value })
}

export function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
