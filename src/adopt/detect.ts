/** What kind of file a text is, by what is in it: names say little, since people keep these files under any name. */
export type FileKind = 'keepalived' | 'haproxy' | 'manifest' | 'commands' | 'script' | 'other';

/** Tells a file's kind. `file` decides only where the text leaves it open. */
export function kindOf(text: string, file: string): FileKind {
  if (/^kind:\s*["']?Pod["']?\s*$/m.test(text)) return 'manifest';
  if (
    /^\s*(global_defs|vrrp_instance|vrrp_script|vrrp_sync_group|virtual_server)\b[^\n]*\{?\s*$/m.test(text) &&
    !text.startsWith('#!') &&
    !isProse(text, file)
  )
    return 'keepalived';
  if (
    /^(global|defaults|frontend|backend|listen)\b/m.test(text) &&
    /^\s+(bind|server|mode|timeout|maxconn)\b/m.test(text) &&
    !isProse(text, file)
  )
    return 'haproxy';
  if (/\b(docker|podman|nerdctl)\s+(container\s+)?(run|create)\b/.test(text)) return 'commands';
  if (/^#!.*\b(sh|bash|python\d*)\b/.test(text)) return 'script';
  return file.endsWith('.conf') && /keepalived/.test(file) ? 'keepalived' : 'other';
}

/** Documentation that shows a configuration is not the configuration. */
function isProse(text: string, file: string): boolean {
  return /\.(md|rst|adoc|txt|html)$/i.test(file) || /^```/m.test(text);
}
