{{- define "trailguard.labels" -}}
app.kubernetes.io/name: trailguard
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "trailguard.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ required "image.tag or image.digest: name the version to run" .Values.image.tag }}
{{- end -}}
{{- end }}
