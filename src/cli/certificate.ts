import { readFileSync, writeFileSync } from "node:fs"
import { UsageError } from "./command.js"

/** Keys in Z85, as a ZPL certificate has them (RFC 4). */
export interface Certificate {
  readonly publicKey?: string
  readonly secretKey?: string
}

/** The keys of a file with `public-key = "…"` and perhaps `secret-key = "…"`. @throws UsageError when it has none. */
export function readCertificate(path: string): Certificate {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    throw new UsageError(`'${path}' is neither a key of 40 characters nor a file: ${(error as Error).message}`)
  }
  const keyOf = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s*=\\s*(?:"([^"]{40})"|(\\S{40}))\\s*$`, "m").exec(text)?.slice(1).find(Boolean)
  const [publicKey, secretKey] = [keyOf("public-key"), keyOf("secret-key")]
  if (publicKey === undefined && secretKey === undefined) throw new UsageError(`There is no key in ${path}`)
  return { ...(publicKey && { publicKey }), ...(secretKey && { secretKey }) }
}

/** Writes `path` for everybody and `path_secret` for its user alone, who must not have them yet. */
export function writeCertificates(path: string, { publicKey, secretKey }: Required<Certificate>): void {
  const begin = (what: string): string =>
    `# CURVE keys made by zmtp. ${what}\n\ncurve\n    public-key = "${publicKey}"\n`
  const secret = `${begin("Nobody but its owner may read this file.")}    secret-key = "${secretKey}"\n`
  writeFileSync(`${path}_secret`, secret, { mode: 0o600, flag: "wx" })
  writeFileSync(path, begin("To be given to peers."), { flag: "wx" })
}
