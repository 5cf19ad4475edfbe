// Builds libsodium.wasm and libsodium-small.wasm, in this folder, from libsodium's source. README.md explains how to get the source
// and the compiler, and how the files differ.
import { execFileSync } from "node:child_process"
import { createHash, createPublicKey, verify } from "node:crypto"
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readOptions, rejectUsage } from "../options.mjs"

const SOURCE = "eb9873cc5ccd7b26ef058394264663c99e9c047b423be1ffd484071774198f26"
const VERSION = { "@VERSION@": "1.0.22", "@SODIUM_LIBRARY_VERSION_MAJOR@": "26", "@SODIUM_LIBRARY_VERSION_MINOR@": "4" }
/** Public key of libsodium's author, from its documentation. */
const SIGNER = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
const COMPILER = "3.1.6"

/** Boxes and keys. Automatic vectorization makes these slower. */
const BOXES = [
  "crypto_box/curve25519xsalsa20poly1305/box_curve25519xsalsa20poly1305.c",
  "crypto_core/hsalsa20/ref2/core_hsalsa20_ref2.c",
  "crypto_core/salsa/ref/core_salsa_ref.c",
  "crypto_onetimeauth/poly1305/donna/poly1305_donna.c",
  "crypto_onetimeauth/poly1305/onetimeauth_poly1305.c",
  "crypto_secretbox/crypto_secretbox_easy.c",
  "crypto_stream/salsa20/ref/salsa20_ref.c",
  "crypto_stream/salsa20/stream_salsa20.c",
  "crypto_stream/salsa20/xmm6int/salsa20_xmm6int-sse2.c",
  "crypto_verify/verify.c",
  "sodium/utils.c",
]
/** X25519, which automatic vectorization makes faster. */
const CURVE = [
  "crypto_core/ed25519/ref10/ed25519_ref10.c",
  "crypto_scalarmult/curve25519/ref10/x25519_ref10.c",
  "crypto_scalarmult/curve25519/scalarmult_curve25519.c",
]

const COMPILE = [
  ...["-c", "-O3", "-msimd128", "-msse2", "-ffunction-sections", "-fdata-sections", "-Wno-ignored-attributes"],
  ...["-DCONFIGURED=1", "-DNDEBUG", "-DNATIVE_LITTLE_ENDIAN=1", "-DHAVE_EMMINTRIN_H=1", "-DHAVE_EXPLICIT_BZERO=1"],
]
const LINK = [
  ...["-O3", "-msimd128", "--no-entry", "-sSTANDALONE_WASM=1", "-sFILESYSTEM=0", "-sALLOW_MEMORY_GROWTH=1"],
  ...["-sTOTAL_STACK=32768", "-sINITIAL_MEMORY=131072", "-Wl,--export=__heap_base"],
]
/** For each file: how `exports.c` is compiled, and how the file is linked. */
const VARIANTS = {
  "libsodium.wasm": { compile: [], link: [] },
  "libsodium-small.wasm": { compile: ["-DSMALL"], link: ["-Wl,--wrap=ge25519_scalarmult_base"] },
}

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const values = readOptions("node scripts/libsodium/build.mjs --source LATEST.tar.gz [options]", {
  source: { type: "string", value: "FILE", description: "archive of libsodium, beside its signature; see README.md" },
  check: { type: "boolean", description: "compare with the existing files instead of writing them" },
})
const { source: tarball } = values
if (tarball === undefined) rejectUsage("--source is missing; see scripts/libsodium/README.md")
const source = readFileSync(tarball)
if (sha256(source) !== SOURCE) throw new Error(`Invalid source: expected SHA-256 ${SOURCE}, got ${sha256(source)}`)
if (!isSigned(source, readFileSync(`${tarball}.minisig`, "utf8"))) throw new Error("Invalid signature of the source")
const compiler = versionOf("emcc")
if (!compiler.includes(` ${COMPILER} `))
  throw new Error(`Invalid compiler: expected Emscripten ${COMPILER}, got ${compiler}`)

for (const [name, made] of Object.entries(build())) {
  console.log(`${name}: ${made.length} bytes, SHA-256 ${sha256(made)}`)
  if (!values.check) writeFileSync(here(name), made)
  else if (!made.equals(readFileSync(here(name)))) throw new Error(`${name} differs from the build`)
}

/** Contents of the files, by their names. */
function build() {
  const folder = mkdtempSync(join(tmpdir(), "libsodium-"))
  try {
    execFileSync("tar", ["xzf", "-", "--strip-components=1", "-C", folder], { input: source })
    if (!values.check) copyFileSync(join(folder, "LICENSE"), here("LICENSE"))
    const root = join(folder, "src/libsodium")
    const header = join(root, "include/sodium/version.h")
    // Settings that libsodium's configure script would make.
    let text = readFileSync(`${header}.in`, "utf8").replace("@SODIUM_LIBRARY_MINIMAL_DEF@", "")
    for (const [name, value] of Object.entries(VERSION)) text = text.replace(name, value)
    writeFileSync(header, text)
    copyFileSync(here("exports.c"), join(root, "exports.c"))

    const run = (...args) => execFileSync("emcc", args, { cwd: root, stdio: ["ignore", "inherit", "ignore"] })
    const include = ["-Iinclude/sodium", "-Iinclude", "-Iinclude/sodium/private"]
    const compile = (file, ...flags) => {
      const object = file.replaceAll("/", "-").replace(/c$/, "o")
      run(...COMPILE, ...flags, ...include, file, "-o", object)
      return object
    }
    const boxes = BOXES.map((file) => compile(file, "-fno-slp-vectorize"))
    const curve = CURVE.map((file) => compile(file))
    const link = ([name, variant]) => {
      const exports = compile("exports.c", "-fno-slp-vectorize", ...variant.compile)
      run(...LINK, ...variant.link, ...boxes, exports, ...curve, "-o", name)
      return [name, readFileSync(join(root, name))]
    }
    return Object.fromEntries(Object.entries(VARIANTS).map(link))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function versionOf(program) {
  try {
    return execFileSync(program, ["--version"], { encoding: "utf8" })
  } catch (error) {
    if (error.code !== "ENOENT") throw error
    throw new Error(
      `${program} is missing: install Emscripten ${COMPILER}, such as with apt-get install emscripten on Debian 12`,
    )
  }
}

/** Checks a Minisign signature: an Ed25519 signature of the BLAKE2b hash, and one of that and the comment. */
function isSigned(bytes, text) {
  const [, first, trusted, second] = text.split("\n")
  const signature = Buffer.from(first, "base64")
  const signer = Buffer.from(SIGNER, "base64")
  if (signature.subarray(0, 2).toString() !== "ED" || !signature.subarray(2, 10).equals(signer.subarray(2, 10))) {
    return false
  }
  const x = signer.subarray(10).toString("base64url")
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" })
  const comment = Buffer.from(trusted.slice("trusted comment: ".length))
  const digest = createHash("blake2b512").update(bytes).digest()
  return (
    verify(null, digest, key, signature.subarray(10)) &&
    verify(null, Buffer.concat([signature.subarray(10), comment]), key, Buffer.from(second, "base64"))
  )
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex")
}
