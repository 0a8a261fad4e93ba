{{- define "cofferdam.labels" -}}
app.kubernetes.io/name: cofferdam
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "cofferdam.selector" -}}
app.kubernetes.io/name: cofferdam
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cofferdam.name" -}}
{{- if eq .Release.Name "cofferdam" }}cofferdam{{ else }}{{ printf "%s-cofferdam" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "cofferdam.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}
