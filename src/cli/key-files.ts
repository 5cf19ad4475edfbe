import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { readCertificate, writeCertificate, type Certificate, type CurveKeyPair } from "../index.js"
import { UsageError } from "./command.js"

/** Reads the certificate in a file. @throws UsageError if it cannot be read. */
export function readKeys(path: string): Certificate {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    throw new UsageError(`'${path}' is neither a key of 40 characters nor a readable file: ${(error as Error).message}`)
  }
  try {
    return readCertificate(text)
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`)
  }
}

/**
 * Writes `path`, which all users can read, and `path_secret`, which only its owner can read.
 * @throws Error if one of the files exists. Neither is then written.
 */
export function writeKeys(path: string, { publicKey, secretKey }: CurveKeyPair): void {
  const secret = `${path}_secret`
  writeNew(secret, writeCertificate({ publicKey, secretKey }), 0o600)
  try {
    writeNew(path, writeCertificate({ publicKey }), 0o644)
  } catch (error) {
    rmSync(secret)
    throw error
  }
}

function writeNew(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { mode, flag: "wx" })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(
      code === "EEXIST"
        ? `${path} already exists, and keys are never replaced: choose another name, or remove it first`
        : `Cannot write ${path}: ${message}`,
      { cause: error },
    )
  }
}
