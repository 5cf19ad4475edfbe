/** What the processes tell each other besides the traffic: where to find it. */
export interface WorkerStart {
  readonly name: string
  readonly library: "zmtp" | "libzmq"
  readonly tasks: string
  readonly results: string
}

export interface SinkStarted {
  readonly results: string
  readonly progress: string
  readonly totals: string
}

/** The sink's answer, as JSON, to the question for the totals. */
export interface Totals {
  /** Words by file. */
  readonly words: Readonly<Record<string, number>>
  readonly workers: readonly WorkerTotals[]
}

export interface WorkerTotals {
  readonly name: string
  readonly messages: number
  readonly words: number
  /** Time from the first result of any worker to the last of this one, in ms. */
  readonly duration: number
}
