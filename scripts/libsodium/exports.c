// The libsodium functions that JavaScript calls, with 32-bit lengths, so that no BigInt is needed. No cryptography here.
#include <stddef.h>
#include "crypto_box_curve25519xsalsa20poly1305.h"
#include "crypto_core_hsalsa20.h"
#include "crypto_scalarmult_curve25519.h"
#include "crypto_secretbox.h"
#include "private/implementations.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

int EXPORT(seal)(unsigned char *box, const unsigned char *plain, size_t length, const unsigned char *nonce,
                 const unsigned char *key) {
  return crypto_secretbox_easy(box, plain, length, nonce, key);
}

int EXPORT(unseal)(unsigned char *plain, const unsigned char *box, size_t length, const unsigned char *nonce,
                   const unsigned char *key) {
  return crypto_secretbox_open_easy(plain, box, length, nonce, key);
}

int EXPORT(publicKey)(unsigned char *public, const unsigned char *secret) {
#ifdef SMALL
  static const unsigned char base[crypto_scalarmult_curve25519_BYTES] = { 9 };
  return crypto_scalarmult_curve25519(public, secret, base);
#else
  return crypto_scalarmult_curve25519_base(public, secret);
#endif
}

int EXPORT(sharedKey)(unsigned char *key, const unsigned char *public, const unsigned char *secret) {
  return crypto_box_curve25519xsalsa20poly1305_beforenm(key, public, secret);
}

// The second half of `sharedKey`, for a point that was computed elsewhere.
int EXPORT(keyOfPoint)(unsigned char *key, const unsigned char *point) {
  static const unsigned char zero[crypto_core_hsalsa20_INPUTBYTES] = { 0 };
  return crypto_core_hsalsa20(key, zero, point, NULL);
}

// libsodium detects processor features. WebAssembly always has SIMD, to which SSE2 is translated.
int sodium_runtime_has_sse2(void) { return 1; }

#ifdef SMALL
// Replaces libsodium's function and its table. It is never called: only `crypto_scalarmult_curve25519_base` would call it.
void __wrap_ge25519_scalarmult_base(void *result, const unsigned char *scalar) {
  (void) result;
  (void) scalar;
  __builtin_trap();
}
#endif

// libsodium calls this function when it is misused.
void sodium_misuse(void) { __builtin_trap(); }

__attribute__((constructor)) static void pick(void) {
  _crypto_stream_salsa20_pick_best_implementation();
  _crypto_onetimeauth_poly1305_pick_best_implementation();
}
