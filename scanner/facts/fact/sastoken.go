package fact

// SASToken is how long the SAS token of an export to Azure Data Lake Storage is
// valid, as the operator declared it. Not applicable to other exports, and where no
// export has such a day. Unknown where others have one and this has none.
type SASToken struct {
	Expires string `json:"expires"` // exports.<id>.sasExpires, YYYY-MM-DD
	Days    int    `json:"days"`    // until then, of the calendar in UTC; 0 on that day and after it
	Expired bool   `json:"expired"` // the day is over
}
