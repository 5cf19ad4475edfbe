/** Lets a limited number of judgements run at once. The others wait, in the order in which they came. */
export class AuthenticationQueue {
  #running = 0
  readonly #waiting = new Set<Judgement>()

  /**
   * Runs `task` once fewer than `most` run; 0 means no limit. It counts until it has settled, whoever waits for it.
   * @param gone Nobody waits for it any more: it need not begin. Then the promise never settles.
   */
  run<T>(most: number, gone: AbortSignal, task: () => Promise<T>): Promise<T> {
    const judgement = new Judgement(most, task)
    const result = judgement.result as Promise<T>
    if (this.#mayRun(judgement)) this.#begin(judgement)
    else {
      this.#waiting.add(judgement)
      gone.addEventListener("abort", () => this.#waiting.delete(judgement))
    }
    return result
  }

  #mayRun({ most }: Judgement): boolean {
    return most <= 0 || this.#running < most
  }

  #begin(judgement: Judgement): void {
    this.#running++
    judgement.begin(this.#ended)
  }

  readonly #ended = (): void => {
    this.#running--
    for (const judgement of this.#waiting) {
      if (!this.#mayRun(judgement)) return
      this.#waiting.delete(judgement)
      this.#begin(judgement)
    }
  }
}

/** One judgement. Once it runs it holds on to nothing of the peer's: it may never end. */
class Judgement {
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
