import { allocate, type Frame } from "../zmtp/bytes.js"

/** Size of a request id, in bytes: a sequence number for uniqueness, then random bytes that make it unguessable. */
export const ID_SIZE = 8

const RANDOM_OFFSET = 4

/** Number of random bytes to generate at once, because each call costs more than the bytes. */
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

/** Returns the sequence number of an id from a reply, which may be invalid. */
export function sequenceOf(id: Frame): number {
  return (id[0]! | (id[1]! << 8) | (id[2]! << 16) | (id[3]! << 24)) >>> 0
}

/** Whether two ids are equal in all bytes. */
export function isSameId(one: Frame, other: Frame): boolean {
  if (other.length !== ID_SIZE) return false
  let difference = 0
  for (let index = 0; index < ID_SIZE; index++) difference |= one[index]! ^ other[index]!
  return difference === 0
}
