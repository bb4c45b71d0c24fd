/** What kind of file a text is, by what is in it: names say little, since people keep these files under any name. */
export type FileKind = 'keepalived' | 'haproxy' | 'manifest' | 'compose' | 'commands' | 'script' | 'other';

/** Tells a file's kind. `file` decides only where the text leaves it open. */
export function kindOf(text: string, file: string): FileKind {
  if (/^kind:[ \t]*["']?Pod["']?[ \t]*\r?$/m.test(text)) return 'manifest';
  if (isCompose(text)) return 'compose';
  const readable = !isProse(text, file) && !isKubernetes(text) && !isTemplate(text) && !/\.(ya?ml|json)$/i.test(file);
  if (readable && !text.startsWith('#!')) {
    if (hasKeepalived(text)) return 'keepalived';
    if (hasHaproxy(text)) return 'haproxy';
  }
  if (/\b(docker|podman|nerdctl)\s+(container\s+)?(run|create)\b/.test(text)) return 'commands';
  if (/^#!.*\b(sh|bash|ash|dash|python\d*|perl)\b/.test(text)) return 'script';
  return readable && /keepalived[^/]*\.conf$/.test(file) && text.trim() !== '' ? 'keepalived' : 'other';
}

function hasKeepalived(text: string): boolean {
  return /^[ \t]*(@\^?\S+[ \t]+)?(global_defs|vrrp_instance|vrrp_script|vrrp_sync_group|virtual_server)\b[^\n]*$/m.test(
    text,
  );
}

/** Indentation means nothing to HAProxy: a section begins with its keyword, wherever it stands in the line. */
function hasHaproxy(text: string): boolean {
  return (
    /^[ \t]*(global|defaults|frontend|backend|listen)(?![\w:=.(-])[^\n{;]*$/m.test(text) &&
    /^[ \t]*(bind|server|mode|timeout|maxconn|default_backend|balance)[ \t]+[^\s=:{]/m.test(text)
  );
}

/** Documentation that shows a configuration is not the configuration. */
function isProse(text: string, file: string): boolean {
  return /\.(md|markdown|rst|adoc|txt|html?)$/i.test(file) || /^[ \t]*```/m.test(text);
}

function isKubernetes(text: string): boolean {
  return /^apiVersion:/m.test(text) && /^kind:/m.test(text);
}

function isCompose(text: string): boolean {
  return /^services:[ \t]*\r?$/m.test(text) && /^[ \t]+image:/m.test(text) && !isKubernetes(text);
}

function isTemplate(text: string): boolean {
  return /\{%|^[ \t]*<%/m.test(text) || /\{\{-?[ \t]*(if|range|end|with)\b/.test(text);
}

/** Whether a text speaks of what import reads. */
export function concerns(text: string): boolean {
  return /keepalived|haproxy|vrrp|kube-vip/i.test(text) || hasKeepalived(text);
}

/** Whether a configuration stands in a text that is something else: documentation, a script, an object of Kubernetes. */
export function hasConfiguration(text: string): boolean {
  return hasKeepalived(text) || hasHaproxy(text);
}

/** What a text is that import cannot read, as the end of a sentence that begins with its name. */
export function formatOf(text: string, file: string): string {
  if (text.trim() === '') return 'is empty';
  if (text.startsWith('\u007FELF') || /\0/.test(text)) return 'is binary';
  if (isKubernetes(text)) {
    const kind = /^kind:[ \t]*["']?(\w+)/m.exec(text)?.[1] ?? 'object';
    return /kube-vip/.test(text)
      ? `is a Kubernetes ${kind} of kube-vip, which import does not read`
      : `is a Kubernetes ${kind}, which import does not read`;
  }
  if (isCompose(text)) return 'is a Compose file without keepalived and HAProxy';
  if (isTemplate(text)) return 'is a template with conditions or loops, which only its program can fill in';
  if (/<<-?[ \t]*["']?\w+/.test(text) && hasConfiguration(text))
    return 'is a script that writes a configuration (a here-document)';
  if (isProse(text, file))
    return hasKeepalived(text) || hasHaproxy(text) ? 'is documentation with a configuration in it' : 'is documentation';
  if (/^[ \t]*[{[]/.test(text) && /\.json$/i.test(file)) return 'is JSON, which import does not read';
  if (/\.ya?ml$/i.test(file)) return 'is YAML of a kind that import does not read';
  if (/^<\?xml|^[ \t]*</.test(text)) return 'is XML or HTML, which import does not read';
  return 'is no configuration that import knows';
}
