{{- define "trailguard.labels" -}}
app.kubernetes.io/name: trailguard
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Whether it is a service, of one process or of many. */}}
{{- define "trailguard.serves" -}}
{{- if or .Values.serve.enabled .Values.fleet.enabled -}}yes{{- end -}}
{{- end }}

{{/* The history where it is in Postgres. */}}
{{- define "trailguard.postgres" -}}
{{- with .Values.config.history -}}{{- if regexMatch "^postgres(ql)?://" . -}}{{ . }}{{- end -}}{{- end -}}
{{- end }}

{{- define "trailguard.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ required "image.tag or image.digest: name the version to run" .Values.image.tag }}
{{- end -}}
{{- end }}

{{/* What every pod is: a user without rights, and no token of the cluster's. */}}
{{- define "trailguard.pod" -}}
serviceAccountName: {{ .Values.serviceAccount.name }}
automountServiceAccountToken: false
enableServiceLinks: false
# SIGTERM lets a scan report what it has collected, and a worker give back what it has begun.
terminationGracePeriodSeconds: 120
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container is, and sees. */}}
{{- define "trailguard.container" -}}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
resources: {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - { name: config, mountPath: /etc/trailguard, readOnly: true }
  - { name: secrets, mountPath: /var/run/secrets/trailguard, readOnly: true }
  {{- if .Values.fleet.enabled }}
  - { name: tmp, mountPath: /tmp }
  {{- else }}
  - { name: state, mountPath: /var/lib/trailguard }
  {{- end }}
{{- end }}

{{/* How a process that serves is reached, and watched. */}}
{{- define "trailguard.watched" -}}
ports:
  - { name: http, containerPort: 8780 }
# Neither tells what the last scan found.
livenessProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 20
  timeoutSeconds: 10
readinessProbe:
  httpGet: { path: /readyz, port: http }
  timeoutSeconds: 10
{{- end }}

{{/* What a pod mounts, and where it runs. */}}
{{- define "trailguard.placed" -}}
volumes:
  - name: config
    configMap: { name: {{ .Release.Name }} }
  - name: secrets
    secret: { secretName: {{ .Values.secretName }}, defaultMode: 0440 }
  {{- if .Values.fleet.enabled }}
  - name: tmp # a report, while it is written; reports and the history are in Postgres
    emptyDir: {}
  {{- else }}
  - name: state
    persistentVolumeClaim: { claimName: {{ .Release.Name }} }
  {{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The configuration; what it says itself goes before the values beside it. */}}
{{- define "trailguard.config" -}}
{{- if include "trailguard.serves" . -}}
{{- if .Values.extraArgs }}
{{- fail "extraArgs are of trailguard scan: the service takes what they say from config" }}
{{- end }}
{{- $schedule := dict "cron" .Values.schedule "timeZone" .Values.timeZone -}}
{{- $serve := dict "listen" ":8780" "token" "file:/var/run/secrets/trailguard/serve-token" "timeout" .Values.timeout -}}
{{- $more := dict "schedule" $schedule "serve" $serve -}}
{{- if .Values.waivers }}{{ $_ := set $more "waivers" "waivers.yaml" }}{{ end -}}
{{- toYaml (merge (deepCopy .Values.config) $more) -}}
{{- else -}}
{{- toYaml .Values.config -}}
{{- end -}}
{{- end }}
