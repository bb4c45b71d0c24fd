/** Body of a shell function: the version of the package `$1` as `[EPOCH:]VERSION-RELEASE`; rpm says on standard output that it is none. */
export const rpmInstalled = `rpm -q "$1" >/dev/null 2>&1 && rpm -q --qf '%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\n' "$1" | tail -n 1`;
