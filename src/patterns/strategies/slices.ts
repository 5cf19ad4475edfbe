/** Divides work that is too long for one turn of the event loop into slices. */
export class Slices {
  #booked = false

  /**
   * @param later Runs a task in another turn.
   * @param slice Does part of the work. Returns whether to continue in the next turn.
   */
  constructor(
    private readonly later: (task: () => void) => void,
    private readonly slice: () => boolean,
  ) {}

  /** Runs a slice now, unless one is already scheduled for the next turn. */
  run(): void {
    if (this.#booked || !this.slice()) return
    this.#booked = true
    this.later(this.#next)
  }

  readonly #next = (): void => {
    this.#booked = false
    this.run()
  }
}
