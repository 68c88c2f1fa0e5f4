{{- define "gateway.object" -}}
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
  labels: {{- .Values.labels | toYaml | nindent 4 }}
{{- end }}
