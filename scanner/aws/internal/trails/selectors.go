package trails

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/trailguard/trailguard/scanner/document"
)

func basic(selectors []types.EventSelector) []document.BasicSelector {
	var list []document.BasicSelector
	for i := range selectors {
		read := document.BasicSelector{ReadWriteType: string(selectors[i].ReadWriteType), DataResources: []document.DataResource{}}
		for _, r := range selectors[i].DataResources {
			read.DataResources = append(read.DataResources, document.DataResource{Type: awssdk.ToString(r.Type), Values: r.Values})
		}
		list = append(list, read)
	}
	return list
}

func advanced(selectors []types.AdvancedEventSelector) []document.AdvancedSelector {
	var list []document.AdvancedSelector
	for i := range selectors {
		read := document.AdvancedSelector{Name: awssdk.ToString(selectors[i].Name), Fields: []document.FieldSelector{}}
		for _, f := range selectors[i].FieldSelectors {
			read.Fields = append(read.Fields, document.FieldSelector{
				Field: awssdk.ToString(f.Field), Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith,
				NotEquals: f.NotEquals, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith,
			})
		}
		list = append(list, read)
	}
	return list
}
