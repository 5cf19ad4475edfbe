/** Length of every X25519 key, public or secret, in bytes. */
export const KEY_SIZE = 32

/** Lowest and highest byte of 2^255 - 19, the smallest non-canonical value. All bytes between them are 0xff. */
const [LOWEST, HIGHEST] = [0xed, 0x7f]

/**
 * Whether `key` is the canonical form of an X25519 public key: 32 bytes, least significant first, whose value is below
 * 2^255 - 19. X25519 ignores the top bit and reduces the rest (RFC 7748, section 5), so the owner of one secret key
 * could otherwise present several public keys and evade a deny list.
 */
export function isCanonicalKey(key: Uint8Array): boolean {
  if (key.length !== KEY_SIZE || key[KEY_SIZE - 1]! > HIGHEST) return false
  if (key[KEY_SIZE - 1]! < HIGHEST || key[0]! < LOWEST) return true
  for (let index = 1; index < KEY_SIZE - 1; index++) if (key[index] !== 0xff) return true
  return false
}

/**
 * @throws RangeError for a key of another length, because the cryptographic library reads 32 bytes without checking.
 */
export function checkLengths(keys: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, { length }] of Object.entries(keys)) {
    if (length !== KEY_SIZE) throw new RangeError(`Invalid ${name}: ${length} bytes, expected ${KEY_SIZE}`)
  }
}
