import { readFileSync, writeFileSync } from "node:fs"
import { readCertificate, writeCertificate, type Certificate, type CurveKeyPair } from "../index.js"
import { UsageError } from "./command.js"

/** Reads the certificate in a file. @throws UsageError if there is none. */
export function readKeys(path: string): Certificate {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    throw new UsageError(`'${path}' is neither a key of 40 characters nor a file: ${(error as Error).message}`)
  }
  try {
    return readCertificate(text)
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`)
  }
}

/** Writes `path`, readable by all users, and `path_secret`, readable by its owner only. @throws Error if a file exists. */
export function writeKeys(path: string, { publicKey, secretKey }: CurveKeyPair): void {
  writeFileSync(`${path}_secret`, writeCertificate({ publicKey, secretKey }), { mode: 0o600, flag: "wx" })
  writeFileSync(path, writeCertificate({ publicKey }), { flag: "wx" })
}
