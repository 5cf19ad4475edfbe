/** Limits the number of concurrent authentications. Further ones wait in FIFO order. */
export class AuthenticationQueue {
  #running = 0
  readonly #waiting = new Set<Authentication>()

  /**
   * Runs `task` when fewer than `most` are running; 0 means no limit. It counts as running until it settles, even if
   * its result is no longer needed.
   * @param gone Aborts when the result is no longer needed. A task that has not started is then dropped, and the
   * promise never settles.
   */
  run<T>(most: number, gone: AbortSignal, task: () => Promise<T>): Promise<T> {
    const authentication = new Authentication(most, task)
    const result = authentication.result as Promise<T>
    if (this.#mayRun(authentication)) this.#begin(authentication)
    else {
      this.#waiting.add(authentication)
      gone.addEventListener("abort", () => this.#waiting.delete(authentication))
    }
    return result
  }

  #mayRun({ most }: Authentication): boolean {
    return most <= 0 || this.#running < most
  }

  #begin(authentication: Authentication): void {
    this.#running++
    authentication.begin(this.#ended)
  }

  readonly #ended = (): void => {
    this.#running--
    for (const authentication of this.#waiting) {
      if (!this.#mayRun(authentication)) return
      this.#waiting.delete(authentication)
      this.#begin(authentication)
    }
  }
}

/** One authentication. While it runs, it references nothing of the peer, because it may never settle. */
class Authentication {
  readonly result: Promise<unknown>
  #task: (() => Promise<unknown>) | undefined
  #resolve!: (result: unknown) => void

  constructor(
    readonly most: number,
    task: () => Promise<unknown>,
  ) {
    this.#task = task
    this.result = new Promise((resolve) => (this.#resolve = resolve))
  }

  begin(ended: () => void): void {
    const running = this.#task!()
    this.#task = undefined
    running.then(ended, ended)
    this.#resolve(running)
  }
}
