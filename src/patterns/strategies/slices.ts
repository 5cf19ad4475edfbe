/** Work that is too long for one turn of the event loop. */
export class Slices {
  #booked = false

  /**
   * @param later Runs a task in another turn.
   * @param slice Does some of the work. Returns whether to go on in the next turn.
   */
  constructor(
    private readonly later: (task: () => void) => void,
    private readonly slice: () => boolean,
  ) {}

  /** Does a slice now, unless one is due in the next turn. */
  pursue(): void {
    if (this.#booked || !this.slice()) return
    this.#booked = true
    this.later(this.#next)
  }

  readonly #next = (): void => {
    this.#booked = false
    this.pursue()
  }
}
