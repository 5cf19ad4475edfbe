export const OLD_PROGRAMS = []
