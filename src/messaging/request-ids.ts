import { allocate, type Frame } from "../zmtp/bytes.js"

/** Bytes of a request's id: a sequence number, so that no two are equal, then random ones, so that nobody can guess it. */
export const ID_SIZE = 8

const RANDOM_OFFSET = 4

/** Bytes drawn from the random generator at once, since each call costs more than the bytes. */
const POOL_SIZE = 1024

/** Encodes the ids of one requester's requests. */
export class RequestIds {
  readonly #pool = new Uint8Array(POOL_SIZE)
  #used = POOL_SIZE

  encode(sequence: number): Frame {
    if (this.#used === POOL_SIZE) {
      globalThis.crypto.getRandomValues(this.#pool)
      this.#used = 0
    }
    const frame = allocate(ID_SIZE)
    for (let index = 0; index < RANDOM_OFFSET; index++) frame[index] = sequence >>> (8 * index)
    for (let index = RANDOM_OFFSET; index < ID_SIZE; index++) frame[index] = this.#pool[this.#used++]!
    return frame
  }
}

/** The sequence number of an id that `encode` may have made. */
export function sequenceOf(id: Frame): number {
  return (id[0]! | (id[1]! << 8) | (id[2]! << 16) | (id[3]! << 24)) >>> 0
}

/** Whether the id in a reply is that of the request, in all of its bytes. */
export function isSameId(one: Frame, other: Frame): boolean {
  if (other.length !== ID_SIZE) return false
  let difference = 0
  for (let index = 0; index < ID_SIZE; index++) difference |= one[index]! ^ other[index]!
  return difference === 0
}
