// Types and values that are derived from the table of options.

import type { RecycledMemory } from "../../zmtp/frames/recycled-memory.js"
import { factsOf, type SocketTypeName } from "../../zmtp/socket-types.js"
import type { Option, Scope, Scoped, SecuritySettings } from "./option.js"
import { OPTIONS } from "./table.js"

type Table = typeof OPTIONS

export type OptionName = keyof Table

type SettingOf<O> = O extends { readonly initial: infer Setting } ? Setting : never
type ValueOf<O> = O extends { format(...args: never[]): infer Value } ? Value : never
type ScopeOf<O> = O extends Scoped<infer S> ? S : never

// Homomorphic types, so that each property keeps the documentation of its entry.
type Settings<T extends object> = { -readonly [Name in keyof T]: SettingOf<T[Name]> }
type Properties<T extends object, Names extends keyof T> = { -readonly [Name in Names]: ValueOf<T[Name]> }

/** The stored values of one socket's options. Strings are stored as bytes. */
export type OptionSettings = Settings<Table>

/** The values of the option properties. */
export type OptionValues = Properties<Table, OptionName>

/** Names of the options with the scope `S`. */
type NamesFor<S> = { [Name in OptionName]: S extends ScopeOf<Table[Name]> ? Name : never }[OptionName]

/** The options of every socket, as properties. */
export type CommonOptions = Properties<Table, NamesFor<"all">>
/** The options of sockets that can send. */
export type SendOptions = Properties<Table, NamesFor<"senders">>
/** The options of sockets that can receive. */
export type ReceiveOptions = Properties<Table, NamesFor<"receivers">>
/** The options that are specific to certain types, including `Type`. */
export type OptionsOf<Type extends SocketTypeName> = Properties<Table, NamesFor<Type>>

/** All settings of a socket. */
export interface SocketSettings extends OptionSettings, SecuritySettings {
  socketType: SocketTypeName
  /** Memory that the application has given back, for its connections. */
  recycled: RecycledMemory | undefined
}

/** The table, for access by a name that is known only at run time. */
export const TABLE: { readonly [Name in OptionName]: Option<OptionSettings[Name], OptionValues[Name]> } = OPTIONS

export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[]

/** Options of every socket. */
export const COMMON_OPTIONS: readonly OptionName[] = OPTION_NAMES.filter((name) => scopesOf(name).includes("all"))
const PARTICULAR_OPTIONS = OPTION_NAMES.filter((name) => !scopesOf(name).includes("all"))

/** The options that sockets of `type` have in addition to the common ones. */
export function ownOptions(type: SocketTypeName): readonly OptionName[] {
  const { sends, receives } = factsOf(type)
  const scopes: readonly Scope[] = [
    type,
    ...(sends === true ? (["senders"] as const) : []),
    ...(receives === true ? (["receivers"] as const) : []),
  ]
  return PARTICULAR_OPTIONS.filter((name) => scopesOf(name).some((scope) => scopes.includes(scope)))
}

function scopesOf(name: OptionName): readonly Scope[] {
  const { sockets = "all" } = TABLE[name]
  return typeof sockets === "string" ? [sockets] : sockets
}

/** The settings of a new socket of `type`. */
export function initialSettings(type: SocketTypeName): SocketSettings {
  const options: Partial<OptionSettings> = {}
  for (const name of OPTION_NAMES) setInitial(options, name, type)
  return {
    ...(options as OptionSettings),
    socketType: type,
    mechanism: "NULL",
    asServer: false,
    recycled: undefined,
  }
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- `Name` connects the entry with the type of its value.
function setInitial<Name extends OptionName>(
  settings: Partial<OptionSettings>,
  name: Name,
  type: SocketTypeName,
): void {
  const { initial, initialFor } = TABLE[name]
  settings[name] = initialFor?.[type] ?? initial
}
