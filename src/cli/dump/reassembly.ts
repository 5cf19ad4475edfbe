/** Most bytes to keep while one that should come before them is missing. */
const PATIENCE = 4 * 1024 * 1024

/** Puts the segments of one direction of a TCP connection in order, each byte once. */
export class Reassembly {
  /** Number of the byte that is due, modulo 2^32. */
  #due: number | undefined
  readonly #early = new Map<number, Buffer>()
  #kept = 0

  constructor(
    private readonly deliver: (bytes: Buffer) => void,
    private readonly missing: (size: number) => void,
  ) {}

  /** The number before the first byte, from SYN. */
  begin(sequence: number): void {
    this.#due = (sequence + 1) >>> 0
  }

  add(sequence: number, payload: Buffer): void {
    if (payload.length === 0) return
    // A capture that begins later than the connection is taken from where it begins.
    this.#due ??= sequence
    const ahead = this.#distance(sequence)
    if (ahead > 0) this.#keep(sequence, payload)
    else this.#take(payload.subarray(-ahead))
  }

  /** Nothing more comes: what was kept is delivered, gaps and all. */
  end(): void {
    while (this.#early.size > 0) this.#skip()
  }

  #take(fresh: Buffer): void {
    if (fresh.length === 0) return
    this.deliver(fresh)
    this.#due = (this.#due! + fresh.length) >>> 0
    this.#catchUp()
  }

  /** Delivers what is due of that which came early. */
  #catchUp(): void {
    for (const [sequence, payload] of this.#early) {
      const ahead = this.#distance(sequence)
      if (ahead > 0) continue
      this.#forget(sequence, payload)
      this.#take(payload.subarray(-ahead))
      return
    }
  }

  #keep(sequence: number, payload: Buffer): void {
    const known = this.#early.get(sequence)
    if (known !== undefined && known.length >= payload.length) return
    if (known !== undefined) this.#forget(sequence, known)
    this.#early.set(sequence, payload)
    this.#kept += payload.length
    if (this.#kept > PATIENCE) this.#skip()
  }

  #forget(sequence: number, payload: Buffer): void {
    this.#early.delete(sequence)
    this.#kept -= payload.length
  }

  /** Gives up on what is missing before the earliest bytes that are there. */
  #skip(): void {
    const gap = Math.min(...Array.from(this.#early.keys(), (sequence) => this.#distance(sequence)))
    if (gap > 0) this.missing(gap)
    this.#due = (this.#due! + Math.max(gap, 0)) >>> 0
    this.#catchUp()
  }

  /** How far `sequence` is ahead of what is due; negative for what was there before. */
  #distance(sequence: number): number {
    return (sequence - this.#due!) | 0
  }
}
